package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A worker whose children its arguments name, one after the other; ends the way it is told. */
public final class Children {

  private final String leaf;

  /** A command that can be read once. */
  private static final class Fickle extends AbstractList<String> {
    private final List<String> words;
    private boolean isRead;

    Fickle(String... words) {
      this.words = List.of(words);
    }

    @Override
    public String get(int index) {
      return words.get(index);
    }

    @Override
    public int size() {
      return words.size();
    }

    @Override
    public <T> T[] toArray(T[] array) {
      if (isRead) {
        throw new IllegalStateException("the command was read before");
      }
      isRead = true;
      return words.toArray(array);
    }
  }

  private Children(Path report) {
    this.leaf = Worker.leaf(report.getParent()).toString();
  }

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    Children children = new Children(report);
    for (String kind : List.of(args).subList(1, args.length)) {
      children.start(kind);
    }
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    Ending.obey();
  }

  private void start(String kind) throws Exception {
    switch (kind) {
      case "obedient" -> shell("exec sh \"$0\" OBEDIENT").start();
      case "deaf" -> shell("trap '' TERM; exec sh \"$0\" DEAF").start();
      case "stopped" ->
          shell("echo \"STOPPED $$\" >> \"${0%/*}/report\"; kill -STOP $$; exec sleep 1000")
              .start();
      case "grower" -> grower();
      case "teller" -> teller();
      case "listener" -> listener();
      case "held" -> held();
      case "fickle" -> new ProcessBuilder(new Fickle("sh", leaf, "FICKLE")).start();
      case "hook-that-spawns" ->
          Runtime.getRuntime().addShutdownHook(new Thread(() -> quietly("IN_HOOK")));
      case "thread-that-spawns" -> forEver();
      default -> throw new IllegalArgumentException(kind);
    }
  }

  // Takes some megabytes when it reads a line from the FIFO go, and stays.
  private void grower() throws IOException {
    shell(
            """
            echo "GROWER $$" >> "${0%/*}/report"
            read line < "${0%/*}/go"
            x=0123456789abcdef
            while [ ${#x} -lt 8000000 ]; do x=$x$x; done
            read line < "${0%/*}/never"
            """)
        .start();
  }

  // Writes down the polite signal that it gets.
  private void teller() throws IOException {
    shell(
            """
            for s in TERM INT USR1; do
              trap "echo $s >> '${0%/*}/signals'; exit 0" $s
            done
            echo "TELLER $$" >> "${0%/*}/report"
            while :; do sleep 0.02; done
            """)
        .start();
  }

  // A hook that talks to its child for half a second, as a worker does that flushes its work.
  private void listener() throws IOException {
    Process child =
        shell("echo \"LISTENER $$\" >> \"${0%/*}/report\"; cat > \"${0%/*}/heard\"").start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> talkTo(child)));
  }

  private static void talkTo(Process child) {
    try (OutputStream out = child.getOutputStream()) {
      for (int word = 0; word < 10; word++) {
        out.write(("word " + word + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        Thread.sleep(50);
      }
    } catch (IOException | InterruptedException e) {
      System.out.println("the hook was disturbed: " + e);
    }
  }

  // A thread that is in a block synchronized on its child's Process, and does not leave it.
  private void held() throws IOException, InterruptedException {
    Process child = shell("exec sh \"$0\" HELD").start();
    CountDownLatch isHeld = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              synchronized (child) {
                isHeld.countDown();
                while (true) {
                  LockSupport.park();
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    isHeld.await();
  }

  private void forEver() {
    Thread thread =
        new Thread(
            () -> {
              while (true) {
                quietly("FROM_THREAD");
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void quietly(String name) {
    try {
      new ProcessBuilder("sh", leaf, name).start();
      Thread.sleep(20);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ProcessBuilder shell(String script) {
    return new ProcessBuilder("sh", "-c", script, leaf);
  }
}
