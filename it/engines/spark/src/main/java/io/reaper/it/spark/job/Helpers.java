package io.reaper.it.spark.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The long-lived helper processes that a task starts and forgets. Each reports itself under its
 * kind and the pid of the executor.
 */
public final class Helpers {

  /** The name under which a task reports the executor that it runs in. */
  public static final String EXECUTOR = "EXECUTOR";

  /** What has left both the group and the shell that started it. */
  public static final String DAEMON = "DAEMON";

  /** A direct child, a shell and its child, one with a session of its own, a daemon; and a pipe. */
  public static final int PROCESSES_OF_A_TASK = 6;

  private Helpers() {}

  static void start(String dir) throws IOException, InterruptedException {
    Path report = Path.of(dir, "report");
    String leaf = Path.of(dir, "leaf").toString();
    String executor = Long.toString(ProcessHandle.current().pid());
    String at = "@" + executor;
    Files.writeString(report, EXECUTOR + " " + executor + "\n", StandardOpenOption.APPEND);
    start("sh", leaf, "DIRECT" + at);
    start("setsid", "sh", leaf, "SETSID" + at);
    start(
        "sh",
        "-c",
        "echo \"SHELL$1 $$\" >> \"${0%/*}/report\"; sh \"$0\" \"GRANDCHILD$1\" & wait",
        leaf,
        at);
    start("sh", "-c", "setsid sh \"$0\" \"$1\" & exit 0", leaf, DAEMON + at).waitFor();
  }

  private static Process start(String... command) throws IOException {
    return new ProcessBuilder(List.of(command))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
