package io.reaper.core.contain;

import io.reaper.core.family.DescendantMark;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the descendants of a worker by their mark when it is dead, and so are their parents. */
public final class MarkedOrphans {
  /** More would make a look so long that the youngest has forked again meanwhile. */
  static final int YOUNGEST = 16;

  private final DescendantMark mark;
  private final ProcessId worker;
  private final ProcFs proc;

  /**
   * The pids of processes that have adopted orphans of this worker, each with those of its youngest
   * children by then.
   */
  private final Map<Integer, Set<Integer>> adopters = new HashMap<>();

  /** Creates the search for a worker's orphans by the value of its mark. */
  public MarkedOrphans(long value, ProcessId worker, ProcFs proc) {
    this.mark = new DescendantMark(value, proc);
    this.worker = worker;
    this.proc = proc;
  }

  /**
   * Returns the orphans that carry the mark and are not known to be the worker's by other means. A
   * process that adopts a worker's orphans is above the worker, and older: of a parent that is
   * younger there is no need to look at the children. The sentinel is among the orphans, and so
   * what has adopted it is known even if no other is seen.
   */
  List<ProcessInfo> orphans(Snapshot all, Set<ProcessId> ours) {
    Set<Integer> younger = new HashSet<>();
    for (ProcessInfo process : all.processes()) {
      if (process.id().start() > worker.start()) {
        younger.add(process.pid());
      }
    }
    List<ProcessInfo> orphans = new ArrayList<>();
    for (ProcessInfo process : all.processes()) {
      if (process.id().start() >= worker.start() && !younger.contains(process.parent())) {
        boolean isOurs = ours.contains(process.id());
        if (isOurs || mark.isOn(process)) {
          adopters.putIfAbsent(process.parent(), Set.of());
          if (!isOurs) {
            orphans.add(process);
          }
        }
      }
    }
    return orphans;
  }

  /**
   * Notes which processes have adopted orphans of this worker, to find the {@link #youngestOrphans}
   * there.
   */
  void noteAdopters(Snapshot all) {
    orphans(all, Set.of());
  }

  /**
   * Returns the last children of each process that has adopted orphans before, as far as they carry
   * the mark and were not there at the call before this one. One that was there is not read again:
   * no number comes back within so few processes.
   */
  List<ProcessInfo> youngestOrphans() {
    List<ProcessInfo> orphans = new ArrayList<>();
    for (Map.Entry<Integer, Set<Integer>> each : adopters.entrySet()) {
      int adopter = each.getKey();
      List<Integer> children = proc.adoptedBy(adopter);
      int all = children == null ? 0 : children.size();
      Set<Integer> youngest = new HashSet<>();
      for (int at = all - 1; at >= Math.max(0, all - YOUNGEST); at--) {
        int pid = children.get(at);
        boolean isKnown = each.getValue().contains(pid);
        ProcessInfo child = isKnown ? null : proc.read(pid);
        boolean isNew = child != null && child.parent() == adopter;
        if (isNew && mark.isOn(child)) {
          orphans.add(child);
        }
        if (isNew || isKnown) {
          youngest.add(pid);
        }
      }
      each.setValue(youngest);
    }
    return orphans;
  }
}
