package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which recorded child each other process of the worker's descends from. What was seen
 * below a child is known from then on; of what was not seen, its soft limit on the resident set
 * tells, which each of the JDK's children is given and hands down (getrlimit(2), RLIMIT_RSS:
 * ignored since Linux 2.4.30).
 */
public final class Lineage {
  /**
   * A process is seen within a second or so of its start: no more children can have ended in that
   * time.
   */
  private static final int MOST_ENDED = 256;

  private final Family family;
  private final ProcFs proc;
  private final long mark;
  private final Map<ProcessId, Child> ancestors = new ConcurrentHashMap<>();

  /** The children that have ended, by pid; the oldest is forgotten first. */
  private final Map<Integer, Child> ended = new LinkedHashMap<>();

  /**
   * Creates the lineage of a worker that is a subreaper.
   *
   * @param mark the worker's own, or 0
   */
  public Lineage(Family family, ProcFs proc, long mark) {
    this.family = family;
    this.proc = proc;
    this.mark = mark;
  }

  /** Returns the limit that a child is given, and by which its descendants are known. */
  public static long limitOf(long mark, int child) {
    return mark + child;
  }

  /** Whether a process with that limit descends from a child of the worker with that mark. */
  static boolean isLimit(long limit, long mark) {
    return limit >= mark && limit - mark <= 1L << ProcessId.PID_BITS;
  }

  /** Remembers that a process was seen below a recorded child. */
  void seen(ProcessId descendant, Child ancestor) {
    if (ancestor != null) {
      ancestors.putIfAbsent(descendant, ancestor.withoutProcess());
    }
  }

  /** Remembers a child that has ended for those of its descendants that were not seen yet. */
  synchronized void hasEnded(Child child) {
    int pid = child.id().pid();
    ended.remove(pid);
    ended.put(pid, child.withoutClasses());
    if (ended.size() > MOST_ENDED) {
      ended.remove(ended.keySet().iterator().next());
    }
  }

  void forget(ProcessId gone) {
    ancestors.remove(gone);
  }

  /** Returns the known ancestors, by descendant. */
  Map<ProcessId, Child> known() {
    return ancestors;
  }

  /** Returns the recorded child that the process descends from, or null if nothing tells. */
  public Child ancestorOf(ProcessId descendant) {
    Child known = ancestors.get(descendant);
    if (known == null) {
      Long limit = mark == 0 ? null : proc.details(descendant.pid()).softLimitOnResidentSet();
      if (limit != null && isLimit(limit, mark) && limit > mark) {
        known = numbered((int) (limit - mark), descendant);
        seen(descendant, known);
      }
    }
    return known;
  }

  /**
   * Returns the latest child of that pid, or null if it started after the descendant, which then
   * descends from an earlier child of the same pid.
   */
  private Child numbered(int pid, ProcessId descendant) {
    Child child;
    synchronized (this) {
      child = ended.get(pid);
    }
    for (Child living : family.all().values()) {
      child = living.id().pid() == pid ? living : child;
    }
    return child != null && child.id().start() <= descendant.start() ? child : null;
  }
}
