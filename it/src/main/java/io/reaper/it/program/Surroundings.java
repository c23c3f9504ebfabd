package io.reaper.it.program;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Steps about what is around the children: this JVM, its threads, what it adopts. */
final class Surroundings {

  private static final int LONG = 60;

  /** With three pipes a start has ten open for a moment, and its JVM some for a look at /proc. */
  private static final int FEW = 20;

  private static final int LONGEST_ZOMBIE = 10;

  private static volatile int inherited;

  /** Counts the threads that are started by the one that has set it. */
  private static final InheritableThreadLocal<String> VALUE =
      new InheritableThreadLocal<>() {
        @Override
        protected String childValue(String parentValue) {
          inherited++;
          return parentValue;
        }
      };

  private Surroundings() {}

  /** What this JVM sees of itself. */
  static void own(Stage stage) throws Exception {
    stage.say("own", View.own());
    stage.say("environment", new TreeMap<>(System.getenv()).keySet());
    if (stage.alone) {
      stage.say("children", ProcessHandle.current().children().count());
      stage.say("descendants", ProcessHandle.current().descendants().count());
      // JDK 17 gives threads for futures a number; so would an agent that gives its own no name.
      stage.say("next thread", new Thread(() -> {}).getName());
    }
  }

  /** What a start hands down to threads, and what it leaves of the one that makes it. */
  static void threads(Stage stage) throws Exception {
    if (!stage.alone) {
      return;
    }
    Thread self = Thread.currentThread();
    ClassLoader loader = self.getContextClassLoader();
    self.setContextClassLoader(stage.lot.onceIn(2) ? null : ClassLoader.getPlatformClassLoader());
    inherited = 0;
    VALUE.set("value");
    try {
      Process child = stage.start(new ProcessBuilder("sh", "-c", "exit 13"));
      stage.say("status", child.waitFor());
      stage.say("inherited", inherited);
      stage.say("value", VALUE.get());
      stage.say("loader", String.valueOf(self.getContextClassLoader()).replaceAll("@.*", ""));
      stage.say("priority", self.getPriority() + ", " + self.isDaemon());
      stage.say("locks", Thread.holdsLock(stage) + ", " + Thread.holdsLock(ProcessBuilder.class));
    } finally {
      VALUE.remove();
      self.setContextClassLoader(loader);
    }
  }

  /**
   * A few descriptors are left, which are enough for a start. With none, the JDK closes one that is
   * not its own (17.0.15 and 25.0.3: {@code forkAndExec}, when its first pipe(2) fails).
   */
  static void fewDescriptors(Stage stage) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exit 14");
    stage.say("before", stage.start(builder).waitFor());
    if (!stage.alone) {
      return;
    }
    Deque<FileInputStream> open = new ArrayDeque<>();
    try {
      fill(open);
      for (int left = 0; left < FEW; left++) {
        open.pop().close();
      }
      Process child = stage.starting(builder);
      stage.say("with few", child == null ? "none" : child.waitFor());
    } finally {
      for (FileInputStream file : open) {
        file.close();
      }
    }
    stage.say("afterwards", stage.start(builder).waitFor());
  }

  private static void fill(Deque<FileInputStream> open) {
    try {
      while (true) {
        open.push(new FileInputStream("/dev/null"));
      }
    } catch (IOException full) {
      // EMFILE, as it was to be.
    }
  }

  /** A grandchild whose parent ends; the JDK closes that one's pipes then, so it reads another. */
  static void orphan(Stage stage) throws Exception {
    Path fifo = stage.dir.resolve("fifo");
    Files.deleteIfExists(fifo);
    String script =
        "mkfifo \"$0\"; { read line <\"$0\"; exit 0; } >/dev/null 2>&1 & echo $!; exit 15";
    Process child = stage.start(new ProcessBuilder("sh", "-c", script, fifo.toString()));
    String pid = new BufferedReader(new InputStreamReader(child.getInputStream())).readLine();
    stage.say("status", child.waitFor());
    ProcessHandle orphan = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    stage.say("alive", orphan.isAlive() + ", " + orphan.supportsNormalTermination());
    stage.say("orphan's parent", orphan.parent().map(of -> View.parent(of.pid())));
    if (stage.lot.onceIn(2)) {
      stage.say("destroyed", orphan.destroyForcibly());
    } else {
      Files.writeString(fifo, "end\n");
    }
    stage.say("onExit", orphan.onExit().get(LONG, TimeUnit.SECONDS).equals(orphan));
    stage.say("alive then", orphan.isAlive());
    stage.say("there then", ProcessHandle.of(orphan.pid()).isPresent());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_ZOMBIE);
    while (orphan.isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(1);
    }
    stage.say("alive at last", orphan.isAlive());
  }
}
