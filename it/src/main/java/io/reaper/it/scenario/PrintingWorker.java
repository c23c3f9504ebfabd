package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.nio.file.Path;

/**
 * A worker that has a child and an orphan, prints as many lines as its argument says, and ends the
 * way it is told.
 */
public final class PrintingWorker {

  public static final String CHILD = "OWN";
  public static final String ORPHAN = "OWNORPHAN";

  private PrintingWorker() {}

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    String leaf = Worker.leaf(report.getParent()).toString();
    new ProcessBuilder("sh", leaf, CHILD).start();
    new ProcessBuilder("sh", "-c", "sh \"$0\" \"$1\" & exit 0", leaf, ORPHAN).start().waitFor();
    StringBuilder lines = new StringBuilder();
    for (int line = 1; line <= Integer.parseInt(args[1]); line++) {
      lines.append("line ").append(line).append('\n');
    }
    System.out.print(lines);
    System.out.flush();
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    Ending.obey();
  }
}
