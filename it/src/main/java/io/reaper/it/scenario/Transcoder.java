package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecutor;
import org.apache.commons.exec.PumpStreamHandler;

/**
 * A worker whose processes are started by a library, which a class of its own calls: one that stays
 * with a descendant, and one that ends and leaves an orphan.
 */
public final class Transcoder {
  /** The child that stays, its descendant, and the orphan. */
  public static final String CHILD = "CHILD";

  public static final String DESCENDANT = "DESCENDANT";
  public static final String ORPHAN = "ORPHAN";

  private Transcoder() {}

  /** Ends as the line on its standard input says. */
  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    String leaf = Worker.leaf(report.getParent()).toString();
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    Thread staying =
        new Thread(
            () -> run("sh \"$0\" DESCENDANT & echo CHILD $$ >> \"${0%/*}/report\"; wait", leaf),
            "staying");
    staying.setDaemon(true);
    staying.start();
    // What a child forks before it has its limit is known only if it is seen below that child.
    run(
        "until grep -q '^Max resident set *[0-9]' /proc/$$/limits; do sleep 0.01; done;"
            + " setsid sh \"$0\" ORPHAN & exit 0",
        leaf);
    Ending.obey();
  }

  private static void run(String script, String leaf) {
    try {
      FFmpeg.start(script, leaf);
    } catch (IOException refused) {
      throw new IllegalStateException(refused);
    }
  }

  /** The application's own helper class. */
  static final class FFmpeg {
    private FFmpeg() {}

    static void start(String script, String leaf) throws IOException {
      CommandLine line = new CommandLine("/bin/sh").addArgument("-c");
      line.addArgument("exec >/dev/null 2>&1 </dev/null; " + script, false);
      line.addArgument(leaf, false);
      DefaultExecutor executor = DefaultExecutor.builder().get();
      executor.setStreamHandler(new PumpStreamHandler(null, null, null));
      executor.setExitValues(null);
      executor.execute(line);
    }
  }
}
