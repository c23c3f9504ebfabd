package io.reaper.core.contain;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.family.KeptProcesses;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.HiddenProcesses;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Spares what may outlive the worker: programs of those names, processes that were given
 * REAPER_KEEP=true, those that an operator has named, and what descends from them while they live.
 */
public final class KeepList {
  /** A look without which it cannot be told has failed: the process is spared until the next. */
  private static final Reason UNTOLD = Reason.of("");

  private final KeepNames names;
  private final boolean marked;
  private final Set<ProcessId> remembered;
  private final ProcFs proc;
  private final Map<ProcessId, Target> spared = new LinkedHashMap<>();

  /**
   * Creates the list of programs of those names, those processes, and those that carry the mark.
   *
   * @param names names and absolute paths
   * @param marked whether the mark counts: not where the worker has it itself, as all inherit it
   * @param remembered those that were given the mark at their start, or named by an operator
   */
  public KeepList(Set<String> names, boolean marked, Set<ProcessId> remembered, ProcFs proc) {
    this.names = new KeepNames(names, proc);
    this.marked = marked;
    this.remembered = remembered;
    this.proc = proc;
  }

  /** Returns a list that keeps no process. */
  public static KeepList keepingNothing(ProcFs proc) {
    return new KeepList(Set.of(), false, Set.of(), proc);
  }

  /** Whether a child of that number was given the mark, or was named by an operator. */
  boolean remembers(int child) {
    for (ProcessId kept : remembered) {
      if (kept.pid() == child) {
        return true;
      }
    }
    return false;
  }

  /** Whether it names any process, or any program. */
  boolean namesAny() {
    return !names.areNone() || !remembered.isEmpty();
  }

  /**
   * Takes the processes that may live on out of those selected.
   *
   * @param above the numbers of the worker, its sentinel and what is above them, none of which may
   *     be one to keep
   */
  public void spare(Snapshot all, Map<ProcessId, ?> selected, Set<Integer> above) {
    Deque<Target> kept = new ArrayDeque<>();
    for (ProcessInfo process : all.processes()) {
      Reason reason = selected.containsKey(process.id()) ? reason(process, all, above) : null;
      if (reason != null) {
        kept.add(new Target(process, reason));
      }
    }
    while (!kept.isEmpty()) {
      Target target = kept.remove();
      ProcessInfo process = target.process();
      if (selected.remove(process.id()) != null) {
        boolean told = target.reason() != UNTOLD;
        if (told && !process.isZombie()) {
          spared.putIfAbsent(process.id(), target);
        }
        for (ProcessInfo child : all.childrenOf(process.pid())) {
          Reason reason = told ? Reason.of("descendant of " + process.pid()) : UNTOLD;
          kept.add(new Target(child, reason));
        }
      }
    }
  }

  /** Returns the processes that were spared so far, each with the reason. */
  List<Target> spared() {
    return new ArrayList<>(spared.values());
  }

  /**
   * Whether a process may live on by itself, and not as a descendant of another, or that cannot be
   * told at this moment.
   */
  boolean isKept(ProcessInfo process) {
    return reason(process) != null;
  }

  private Reason reason(ProcessInfo process, Snapshot all, Set<Integer> above) {
    int parent = process.parent();
    int failed = proc.failedLooks();
    if (namesAny()
        && all.get(parent) == null
        && !above.contains(parent)
        && HiddenProcesses.areAbove(process, proc)) {
      return proc.failedLooks() == failed
          ? Reason.of("below " + parent + ", which /proc hides, and which may be one to keep")
          : UNTOLD;
    }
    return reason(process);
  }

  private Reason reason(ProcessInfo process) {
    int failed = proc.failedLooks();
    String reason = reasonOf(process);
    if (reason == null) {
      return proc.failedLooks() == failed ? null : UNTOLD;
    }
    return Reason.of(reason);
  }

  private String reasonOf(ProcessInfo process) {
    if (remembered.contains(process.id())
        || remembered.contains(new ProcessId(process.pid(), ProcessId.UNKNOWN_START))) {
      return KeptProcesses.MARK + " at its start, or an operator's word";
    }
    String entry = names.entryFor(process);
    if (entry != null) {
      return "keep=" + entry;
    }
    return marked && proc.details(process.pid()).environmentHolds(KeptProcesses.MARK)
        ? KeptProcesses.MARK
        : null;
  }
}
