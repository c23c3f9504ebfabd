package io.reaper.core.ondemand.report;

import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

  /** The lives that begin with an adoption, and not with a start. */
  private final Set<ProcessLife> adopted = new HashSet<>();

  private long firstMillis = Long.MAX_VALUE;
  private long lastMillis;
  private int beyond;
  private WorkerInfo worker;
  private String ending = "";

  /**
   * Notes which worker's lives these are, as of the last that tells.
   *
   * @param ending how that worker has ended, and when, in words
   */
  void of(WorkerInfo itself, String ending) {
    worker = itself;
    this.ending = ending;
  }

  /** Returns the worker, or null if nothing tells. */
  WorkerInfo worker() {
    return worker;
  }

  /** Returns what is known of the worker, in words. */
  String facts() {
    if (worker == null) {
      return "";
    }
    String text = "pid " + worker.pid();
    text += worker.host().isEmpty() ? "" : " on " + worker.host();
    text += worker.jdk().isEmpty() ? "" : "; JDK " + worker.jdk();
    text += worker.agent().isEmpty() ? "" : "; reaper-agent " + worker.agent();
    text += worker.modes().isEmpty() ? "" : "; " + worker.modes();
    return ending.isEmpty() ? text : text + "; " + ending;
  }

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

  void adopted(int pid, String command, Reason ancestor, long atMillis) {
    ProcessLife life = latest.get(pid);
    if (life == null || life.ending() != ProcessLife.Ending.ALIVE) {
      life = begin(pid, command, orElse(ancestor, ADOPTED), atMillis);
      adopted.add(life);
    }
    life.descendsFrom(0, ancestor.child());
  }

  private static String orElse(Reason reason, String words) {
    return reason.startedBy().isEmpty() ? words : reason.startedBy();
  }

  void reaped(int pid, String command, Reason ancestor, long adoptedMillis, long atMillis) {
    saw(atMillis);
    ProcessLife life = of(pid, command, orElse(ancestor, ADOPTED), atMillis - adoptedMillis);
    life.vanished(atMillis);
    life.descendsFrom(0, ancestor.child());
  }

  /** Ends the life of a process that the agent has killed. */
  void killed(ProcessEnd process, long atMillis) {
    found(process, atMillis).killed(process.signal(), process.reason().toString(), atMillis);
  }

  /** Notes why a process lives on that was the worker's. */
  void left(ProcessEnd process, String why, long atMillis) {
    found(process, atMillis).left(why);
  }

  private ProcessLife found(ProcessEnd process, long atMillis) {
    saw(atMillis);
    String command = process.command().isEmpty() ? process.name() : process.command();
    String by = orElse(process.reason(), DESCENDANTS);
    ProcessLife life = of(process.pid(), command, by, atMillis - process.ageMillis());
    life.descendsFrom(process.parent(), process.reason().child());
    if (adopted.remove(life)) {
      life.isAsOldAs(process.ageMillis(), atMillis);
      firstMillis = Math.min(firstMillis, life.startMillis());
    }
    return life;
  }

  /**
   * Returns all lives; those without an end last until the last moment that is known of, and each
   * hangs below the one that started it, if that is among them.
   */
  List<ProcessLife> all() {
    Map<Integer, List<ProcessLife>> byPid = new HashMap<>();
    for (ProcessLife life : all) {
      life.leftAt(lastMillis);
      byPid.computeIfAbsent(life.pid(), pid -> new ArrayList<>()).add(life);
    }
    for (ProcessLife life : all) {
      ProcessLife above = livingThen(byPid.get(life.parent()), life);
      life.hangBelow(above == null ? livingThen(byPid.get(life.child()), life) : above);
    }
    return all;
  }

  /** Returns the one that lived when that life began, or null: a number names one after another. */
  private static ProcessLife livingThen(List<ProcessLife> ofAPid, ProcessLife below) {
    ProcessLife found = null;
    for (ProcessLife each : ofAPid == null ? List.<ProcessLife>of() : ofAPid) {
      if (each != below
          && each.startMillis() - SOONEST_REUSE_MILLIS <= below.startMillis()
          && each.endMillis() + SOONEST_REUSE_MILLIS >= below.startMillis()) {
        found = each;
      }
    }
    return found;
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
