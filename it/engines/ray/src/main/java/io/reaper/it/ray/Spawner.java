package io.reaper.it.ray;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The actor: an ordinary one that starts processes, each of which reports itself. */
public final class Spawner {

  private static final String CHILD = "exec sh \"$0\" CHILD";
  private static final String WITH_GRANDCHILD =
      "echo \"SHELL $$\" >> \"${0%/*}/report\"; sh \"$0\" GRANDCHILD & wait";
  private static final String WITH_SETSID = "setsid sh \"$0\" SETSID & wait";
  private static final String DAEMON = "setsid sh -c 'sh \"$0\" DAEMON &' \"$0\" &";

  /** The names under which the processes report themselves. */
  static final List<String> NAMES = List.of("CHILD", "SHELL", "GRANDCHILD", "SETSID", "DAEMON");

  private final String leaf;

  public Spawner(String report) {
    leaf = Worker.leaf(Path.of(report).getParent()).toString();
    Worker.report(Path.of(report), Worker.SELF, ProcessHandle.current().pid());
  }

  /** A child, a shell with a grandchild, one that has called setsid, and a daemon. */
  public int spawn() throws IOException {
    for (String script : List.of(CHILD, WITH_GRANDCHILD, WITH_SETSID, DAEMON)) {
      shell(script);
    }
    return NAMES.size();
  }

  /** The example of Ray's own documentation: the actor starts a sleep, and is then killed. */
  public long sleep() throws IOException {
    return new ProcessBuilder("sleep", "10000").start().pid();
  }

  /** SIGKILL, by its own hand. */
  public int killItself() throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", "kill -KILL $PPID").start().waitFor();
  }

  /** The exit status of a child, as the application reads it. */
  public int statusOf(int status) throws IOException, InterruptedException {
    return shell("exit " + status).waitFor();
  }

  private Process shell(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script, leaf)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
