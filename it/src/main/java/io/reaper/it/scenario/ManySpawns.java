package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A worker that spawns in many threads at once, and counts every answer that is not the true one.
 */
public final class ManySpawns {

  private static final int THREADS = 8;

  /** One spawn: true if the application was told the truth. */
  private interface Spawn {
    boolean tellsTheTruth(int number) throws Exception;
  }

  private ManySpawns() {}

  public static void main(String[] args) throws Exception {
    Worker.report(Path.of(args[0]), Worker.SELF, ProcessHandle.current().pid());
    int spawns = Integer.parseInt(args[1]);
    Spawn spawn = spawn(args[2]);
    if (List.of(args).contains("beside-a-long-lived-child")) {
      String leaf = Worker.leaf(Path.of(args[0]).getParent()).toString();
      new ProcessBuilder("sh", leaf, "LONG_LIVED").start();
    }
    System.out.println(wrong(spawn, spawns) + " wrong");
    Ending.obey();
  }

  private static int wrong(Spawn spawn, int spawns) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    for (int thread = 0; thread < THREADS; thread++) {
      threads.execute(
          () -> {
            for (int n = next.getAndIncrement(); n < spawns; n = next.getAndIncrement()) {
              if (!tellsTheTruth(spawn, n)) {
                wrong.incrementAndGet();
              }
            }
          });
    }
    threads.shutdown();
    if (!threads.awaitTermination(5, TimeUnit.MINUTES)) {
      throw new IllegalStateException("a spawn or a wait hangs");
    }
    return wrong.get();
  }

  private static boolean tellsTheTruth(Spawn spawn, int number) {
    try {
      return spawn.tellsTheTruth(number);
    } catch (Exception e) {
      e.printStackTrace();
      return false;
    }
  }

  private static Spawn spawn(String kind) {
    return switch (kind) {
      case "statuses" -> n -> leaveAnOrphan(n).waitFor() == n % 256;
      case "waits" -> ManySpawns::waits;
      case "programs" -> ManySpawns::programs;
      case "handles" -> n -> handles();
      case "dispositions" -> ManySpawns::dispositions;
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static Process leaveAnOrphan(int number) throws Exception {
    return shell("sleep 0.01 & exit " + number % 256);
  }

  private static boolean waits(int number) throws Exception {
    int status = number / 4 % 256;
    switch (number % 4) {
      case 0 -> {
        return leaveAnOrphan(status).onExit().get(1, TimeUnit.MINUTES).exitValue() == status;
      }
      case 1 -> {
        Process child = leaveAnOrphan(status);
        return child.waitFor(1, TimeUnit.MINUTES) && child.exitValue() == status;
      }
      case 2 -> {
        Process child = shell("exec sleep 1000");
        child.destroy();
        return child.waitFor() == 143;
      }
      default -> {
        Process child = shell("sleep 0.01 & exec sleep 1000");
        child.destroyForcibly();
        return child.waitFor() == 137;
      }
    }
  }

  // Programs that wait for children of their own, and would be lied to if they inherited SIG_IGN.
  private static boolean programs(int number) throws Exception {
    return switch (number % 3) {
      case 0 ->
          new ProcessBuilder(
                      "python3",
                      "-c",
                      "import subprocess, sys; "
                          + "sys.exit(8 if subprocess.call(['false']) == 1 else 9)")
                  .start()
                  .waitFor()
              == 8;
      case 1 -> shell("printf 'all:\\n\\t@exit 5\\n' | make -s -f - 2>/dev/null").waitFor() == 2;
      default -> shell("true | sh -c 'exit 5'; [ $? -eq 5 ] && exit 7").waitFor() == 7;
    };
  }

  // Of an orphan, for a while a child of this JVM: its end is told when it is not alive any more.
  private static boolean handles() throws Exception {
    Process parent = shell("sleep 1000 & read -r over");
    ProcessHandle orphan = null;
    while (orphan == null) {
      orphan = parent.children().findFirst().orElse(null);
    }
    Thread.sleep(500);
    parent.getOutputStream().close();
    parent.waitFor();
    Thread.sleep(500);
    orphan.destroy();
    orphan.onExit().get(1, TimeUnit.MINUTES);
    return !orphan.isAlive();
  }

  private static boolean dispositions(int number) throws Exception {
    Process child = shell("sleep 0.01 & exec grep SigIgn /proc/self/status");
    String line = new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    long ignored = Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
    return (ignored >>> 16 & 1) == 0 && child.waitFor() == 0;
  }

  private static Process shell(String script) throws Exception {
    return new ProcessBuilder("sh", "-c", script).start();
  }
}
