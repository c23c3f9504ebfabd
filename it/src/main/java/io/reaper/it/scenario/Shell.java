package io.reaper.it.scenario;

import java.nio.file.Path;
import java.util.List;

/**
 * A worker that starts a script for each of its arguments, with its directory as $0, and ends the
 * way it is told. It does not report itself, so that it may run in a PID namespace, whose pids are
 * others' outside.
 */
public final class Shell {

  /** Printed when every script has been started. */
  public static final String READY = "ready\n";

  private Shell() {}

  public static void main(String[] args) throws Exception {
    String dir = Path.of(args[0]).getParent().toString();
    for (String script : List.of(args).subList(1, args.length)) {
      new ProcessBuilder("sh", "-c", script, dir).start();
    }
    System.out.print(READY);
    Ending.obey();
  }
}
