package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Map;
import java.util.Set;

/**
 * What a worker hands down to its descendants: a soft limit on file locks (getrlimit(2),
 * RLIMIT_LOCKS) of a value that no other process has. Linux has ignored that limit since 2.4.25,
 * but fork(2) and execve(2) hand it down; setsid, a double fork and a cleared environment do not
 * lose it.
 */
public final class DescendantMark {
  private final long value;
  private final ProcFs proc;

  /**
   * The limits of processes: most are looked at several times. A process of the same user can
   * change another's (prlimit(2)), which none does by accident; one that changes its own was marked
   * when it was first seen.
   */
  private final Map<ProcessId, Long> known;

  /** Creates the mark of that value; no process carries 0. */
  public DescendantMark(long value, ProcFs proc) {
    this.value = value;
    this.proc = proc;
    this.known = proc.limitsOnLocks();
  }

  /** Forgets all but these processes; it is asked for each child of the worker at each look. */
  void forgetBut(Set<ProcessId> present) {
    known.keySet().retainAll(present);
  }

  /** Whether the process carries the mark. */
  public boolean isOn(ProcessInfo process) {
    if (value == 0) {
      return false;
    }
    Long limit = known.get(process.id());
    if (limit == null) {
      limit = proc.details(process.pid()).softLimitOnLocks();
      // Only if it is alive after the look was the limit this very process's.
      if (limit == null || !proc.isAlive(process.id())) {
        return false;
      }
      known.put(process.id(), limit);
    }
    return limit == value;
  }
}
