package io.reaper.core.contain;

import io.reaper.core.family.Family;
import io.reaper.core.family.Provenance;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** Tells what the worker has started by now, when a mode is entered late. */
final class OwnDescendants {
  private OwnDescendants() {}

  /** Returns the worker's own children and all below them, but not a sentinel that is its child. */
  static List<ProcessInfo> in(Snapshot all, int self, ProcFs proc, Family family, long mark) {
    Provenance provenance = new Provenance(proc, self, family.bystanders(), mark);
    List<ProcessInfo> own = new ArrayList<>();
    List<Integer> parents = new ArrayList<>();
    for (ProcessInfo child : provenance.ownOf(all.childrenOf(self), family.all().keySet())) {
      // A sentinel that stays a child would be killed with the cgroup, by its own stroke.
      if (!child.id().equals(family.sentinel())) {
        own.add(child);
        parents.add(child.pid());
      }
    }
    own.addAll(all.descendantsOf(parents));
    return own;
  }
}
