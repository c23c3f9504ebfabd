package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A worker that spawns in many threads as fast as it can and never waits for any. All that it
 * starts have one of two times to sleep on their command line: those that stay in its process
 * group, and those that leave.
 */
public final class Chaos {

  private static final int THREADS = 8;

  private final String stays;
  private final String leaves;

  private Chaos(String stays, String leaves) {
    this.stays = stays;
    this.leaves = leaves;
  }

  public static void main(String[] args) {
    Worker.report(Path.of(args[0]), Worker.SELF, ProcessHandle.current().pid());
    Chaos chaos = new Chaos(args[1], args[2]);
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      new Thread(() -> chaos.spawnForEver(first)).start();
    }
  }

  private void spawnForEver(int first) {
    for (int n = first; ; n++) {
      try {
        spawn(n);
      } catch (IOException e) {
        // No more processes than there may be: go on, as such a worker does.
        Thread.onSpinWait();
      }
    }
  }

  private void spawn(int number) throws IOException {
    switch (number % 8) {
      case 0 -> new ProcessBuilder("sleep", stays).start();
      case 1 -> shell("sleep $0 & wait", stays);
      case 2, 3 -> shell("sleep $0 & exit 0", stays);
      case 4 -> shell("sh -c 'sleep $0 & exit 0' $0 & exit 0", stays);
      case 5 -> new ProcessBuilder("setsid", "sleep", leaves).start();
      case 6 -> shell("setsid sleep $0 & exit 0", leaves);
      default -> shell("setsid sh -c 'sleep $0 & exit 0' $0 & exit 0", leaves);
    }
  }

  private static void shell(String script, String seconds) throws IOException {
    new ProcessBuilder("sh", "-c", script, seconds).start();
  }
}
