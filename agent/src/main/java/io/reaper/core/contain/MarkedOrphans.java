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
  private final DescendantMark mark;
  private final ProcessId worker;
  private final ProcFs proc;

  /** Who has adopted orphans of this worker, and the youngest of its children by then. */
  private final Map<Integer, Set<ProcessId>> adopters = new HashMap<>();

  /** That of a worker. */
  public MarkedOrphans(long value, ProcessId worker, ProcFs proc) {
    this.mark = new DescendantMark(value, proc);
    this.worker = worker;
    this.proc = proc;
  }

  /**
   * The orphans that carry it and are not known to be the worker's by other means. Whoever adopts a
   * worker's orphans is above the worker, and older: of a parent that is younger there is no need
   * to look at the children. The sentinel is among them, and so who has adopted it is known even if
   * nobody else is seen.
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
   * Those of the last that came to whoever has adopted orphans before, as far as they carry it and
   * were not there at the call before this one.
   */
  List<ProcessInfo> youngestOrphans(int most) {
    List<ProcessInfo> orphans = new ArrayList<>();
    for (Map.Entry<Integer, Set<ProcessId>> each : adopters.entrySet()) {
      Set<ProcessId> youngest = new HashSet<>();
      for (ProcessInfo child : proc.youngestAdopted(each.getKey(), most)) {
        youngest.add(child.id());
        if (!each.getValue().contains(child.id()) && mark.isOn(child)) {
          orphans.add(child);
        }
      }
      each.setValue(youngest);
    }
    return orphans;
  }
}
