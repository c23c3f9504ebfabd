package io.reaper.it.recipe;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.util.List;
import java.util.stream.Stream;

/** What each program is made to leave behind: a child, and a daemon with a session of its own. */
final class Leaks {

  private static final String DAEMON = "DAEMON";
  private static final String DIRECT = "DIRECT";

  /** For a shell whose $0 is the worker's directory. */
  static final String SCRIPT =
      "setsid sh \"$0/leaf\" " + DAEMON + " & exec sh \"$0/leaf\" " + DIRECT;

  private Leaks() {}

  static boolean areThere(Worker worker) {
    return of(worker).size() == 2;
  }

  static List<Proc> of(Worker worker) {
    return Stream.of(DAEMON, DIRECT).flatMap(name -> worker.reported(name).stream()).toList();
  }

  static boolean areGone(Worker worker) {
    return of(worker).stream().noneMatch(Proc::isAlive);
  }
}
