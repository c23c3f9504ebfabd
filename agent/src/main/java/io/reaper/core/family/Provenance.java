package io.reaper.core.family;

import io.reaper.core.proc.ListedChildren;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Tells the worker's processes from others' that are found in the same places. In its process group
 * there may be bystanders, and what they start; among its children, orphans of others, if it is the
 * first process of a PID namespace.
 */
public final class Provenance {

  /**
   * Bounds the walk to the ancestors: a snapshot is no moment, and reused pids may close a circle.
   */
  private static final int LONGEST_LINE = 10_000;

  private final ProcFs proc;
  private final int worker;
  private final Set<ProcessId> bystanders;
  private final DescendantMark mark;

  /**
   * Creates the test for one worker.
   *
   * @param worker its pid, or one that no process has
   * @param bystanders the processes that, with their descendants, are not the worker's
   * @param mark what the worker's descendants carry, or 0
   */
  public Provenance(ProcFs proc, int worker, Set<ProcessId> bystanders, long mark) {
    this.proc = proc;
    this.worker = worker;
    this.bystanders = bystanders;
    this.mark = new DescendantMark(mark, proc);
  }

  /** Forgets what it knows of all but these processes. */
  void forgetBut(Set<ProcessId> present) {
    mark.forgetBut(present);
  }

  /**
   * Whether others' processes may be found where the worker's are. Orphans come to the first
   * process from all over its namespace, and from outside: what docker exec starts has no parent in
   * it.
   */
  private boolean isShared() {
    return worker == ProcessId.INIT || !bystanders.isEmpty();
  }

  /**
   * Whether a process is the worker's: recorded, descended from one that is or from the worker, or
   * carrying the mark; but not a bystander, nor descended from one.
   *
   * @param all where the parents of the process are found
   * @param recorded those known by pid and start time to be the worker's
   * @param otherwise what is to be believed of an orphan of which nothing is known
   */
  public boolean isOurs(
      ProcessInfo process, Snapshot all, Collection<ProcessId> recorded, boolean otherwise) {
    return !isShared() || isKnown(process, all, recorded, otherwise);
  }

  /** Whether a process is known to be the worker's, whatever else may be where it was found. */
  public boolean isKnown(ProcessInfo process, Snapshot all, Collection<ProcessId> recorded) {
    return isKnown(process, all, recorded, false);
  }

  private boolean isKnown(
      ProcessInfo process, Snapshot all, Collection<ProcessId> recorded, boolean otherwise) {
    ProcessInfo at = process;
    for (int step = 0; at != null && step < LONGEST_LINE; step++) {
      if (recorded.contains(at.id())) {
        return true;
      }
      if (bystanders.contains(at.id())) {
        return false;
      }
      if (mark.isOn(at)) {
        return true;
      }
      if (at.parent() == worker) {
        return ListedChildren.hasForked(worker, at.pid(), proc) || otherwise;
      }
      at = all.get(at.parent());
    }
    return otherwise;
  }

  /** Returns those of the worker's children that are its own, or orphans of its own. */
  public List<ProcessInfo> ownOf(List<ProcessInfo> children, Collection<ProcessId> recorded) {
    List<ProcessInfo> own = new ArrayList<>();
    for (ProcessInfo child : children) {
      if (isOurs(child, Snapshot.NONE, recorded, false)) {
        own.add(child);
      }
    }
    return own;
  }
}
