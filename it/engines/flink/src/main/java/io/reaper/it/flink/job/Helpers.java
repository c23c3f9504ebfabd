package io.reaper.it.flink.job;

import java.io.IOException;
import java.nio.file.Path;

/** Processes that an operator starts and does not end. */
final class Helpers {

  /** A script in the TaskManager's directory that reports itself by a name, and sleeps. */
  static final String LEAF = Path.of("leaf").toAbsolutePath().toString();

  private Helpers() {}

  static void start() throws IOException {
    new ProcessBuilder("sh", LEAF, "CHILD").start();
    shell("echo \"SHELL $$\" >> \"${0%/*}/report\"; sh \"$0\" GRANDCHILD & wait");
    // A group and a session of its own, as a daemon has them.
    shell("echo \"SHELL $$\" >> \"${0%/*}/report\"; setsid sh \"$0\" SETSID_GRANDCHILD & wait");
  }

  private static void shell(String script) throws IOException {
    new ProcessBuilder("sh", "-c", script, LEAF).start();
  }
}
