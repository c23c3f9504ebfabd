package io.reaper.it.yarn;

import io.reaper.it.harness.Worker;
import java.nio.file.Path;

/**
 * What runs in the container: starts a child, and a daemon with a session of its own, and waits.
 */
final class Task {

  static final String JVM = "JVM";
  static final String CHILD = "CHILD";
  static final String DAEMON = "DAEMON";

  private static final String SCRIPT =
      "setsid sh \"$0/leaf\" " + DAEMON + " & exec sh \"$0/leaf\" " + CHILD;

  private Task() {}

  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    new ProcessBuilder("sh", "-c", SCRIPT, report.getParent().toString()).start();
    Worker.report(report, JVM, ProcessHandle.current().pid());
    Thread.sleep(Long.MAX_VALUE);
  }
}
