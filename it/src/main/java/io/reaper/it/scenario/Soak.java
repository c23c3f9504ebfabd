package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A worker that starts fifty processes a second, each leaving an orphan behind. Each line on
 * standard input says how many more, and is answered when they have ended; the last one is empty.
 */
public final class Soak {

  private static final long MILLIS_PER_SPAWN = 20;

  private Soak() {}

  public static void main(String[] args) throws Exception {
    Worker.report(Path.of(args[0]), Worker.SELF, ProcessHandle.current().pid());
    // One that stays, so that neither ledger nor housekeeper ever comes to rest.
    new ProcessBuilder("sh", Worker.leaf(Path.of(args[0]).getParent()).toString(), "STAYS").start();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String more = in.readLine(); !more.isEmpty(); more = in.readLine()) {
      System.out.println(spawn(Integer.parseInt(more)) + " wrong");
    }
  }

  private static int spawn(int count) throws Exception {
    int wrong = 0;
    for (int n = 0; n < count; n++) {
      Process child = new ProcessBuilder("sh", "-c", "sleep 0.05 & exit " + n % 256).start();
      Thread.sleep(MILLIS_PER_SPAWN);
      wrong += child.waitFor() == n % 256 ? 0 : 1;
    }
    return wrong;
  }
}
