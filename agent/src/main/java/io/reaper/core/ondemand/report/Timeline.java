package io.reaper.core.ondemand.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts together the lives of a worker's processes from what is told of them, in the order of time.
 * A number names the process that had it last.
 */
final class Timeline {
  private static final String ADOPTED = "adopted orphans";
  private static final String UNSEEN = "started before the agent looked";
  private static final String DESCENDANTS = "descendants, started by other processes";

  /** The words that stand where no line of Java is known. */
  private static final Set<String> PLACEHOLDERS = Set.of(ADOPTED, UNSEEN, DESCENDANTS);

  /**
   * The most lives of a page, as one with more is of no use; how many there were beyond is said.
   */
  private static final int MOST = 100_000;

  /** The time within which no number is reused: the kernel counts through all of them first. */
  private static final long SOONEST_REUSE_MILLIS = 1_000;

  private final List<ProcessLife> all = new ArrayList<>();
  private final Map<Integer, ProcessLife> latest = new HashMap<>();
  private long firstMillis = Long.MAX_VALUE;
  private long lastMillis;
  private int beyond;

  private ProcessLife begin(int pid, String command, String startedBy, long atMillis) {
    ProcessLife life = new ProcessLife(pid, command, startedBy, atMillis);
    latest.put(pid, life);
    if (all.size() < MOST) {
      all.add(life);
    } else {
      beyond++;
    }
    firstMillis = Math.min(firstMillis, atMillis);
    saw(atMillis);
    return life;
  }

  private void saw(long atMillis) {
    lastMillis = Math.max(lastMillis, atMillis);
  }

  /**
   * Returns the life of that process, and begins it if it is new. An end may be told twice, by what
   * killed the process and by what collected it, in any order.
   */
  private ProcessLife of(int pid, String command, String startedBy, long sinceMillis) {
    ProcessLife life = latest.get(pid);
    boolean known =
        life != null
            && (life.ending() == ProcessLife.Ending.ALIVE
                || Math.abs(life.startMillis() - sinceMillis) < SOONEST_REUSE_MILLIS);
    if (!known) {
      return begin(pid, command, startedBy, sinceMillis);
    }
    if (PLACEHOLDERS.contains(life.startedBy()) && !PLACEHOLDERS.contains(startedBy)) {
      life.wasStartedBy(startedBy);
    }
    return life;
  }

  void started(int pid, String command, String startedBy, long atMillis) {
    begin(pid, command, startedBy.isEmpty() ? UNSEEN : startedBy, atMillis);
  }

  void exited(
      int pid, String command, String startedBy, int status, long lifetimeMillis, long atMillis) {
    saw(atMillis);
    String by = startedBy.isEmpty() ? UNSEEN : startedBy;
    of(pid, command, by, atMillis - lifetimeMillis).exited(status, atMillis);
  }

  void adopted(int pid, String command, String startedBy, long atMillis) {
    ProcessLife life = latest.get(pid);
    if (life == null || life.ending() != ProcessLife.Ending.ALIVE) {
      begin(pid, command, startedBy.isEmpty() ? ADOPTED : startedBy, atMillis);
    }
  }

  void reaped(int pid, String command, String startedBy, long adoptedMillis, long atMillis) {
    saw(atMillis);
    String by = startedBy.isEmpty() ? ADOPTED : startedBy;
    of(pid, command, by, atMillis - adoptedMillis).vanished(atMillis);
  }

  /**
   * Ends the life of a process that the agent has killed.
   *
   * @param reason why it was the worker's
   * @param startedBy where it was started; empty if that is not known
   */
  void killed(
      int pid,
      String name,
      String signal,
      String reason,
      String startedBy,
      long ageMillis,
      long atMillis) {
    saw(atMillis);
    String by = startedBy.isEmpty() ? DESCENDANTS : startedBy;
    of(pid, name, by, atMillis - ageMillis).killed(signal, reason, atMillis);
  }

  /** Returns all lives; those without an end last until the last moment that is known of. */
  List<ProcessLife> all() {
    for (ProcessLife life : all) {
      life.leftAt(lastMillis);
    }
    return all;
  }

  /** Whether no process was started, adopted or killed. */
  boolean isEmpty() {
    return all.isEmpty();
  }

  long firstMillis() {
    return isEmpty() ? 0 : firstMillis;
  }

  long lastMillis() {
    return lastMillis;
  }

  /** Returns how many lives are not among {@link #all}, as there were so many. */
  int beyond() {
    return beyond;
  }
}
