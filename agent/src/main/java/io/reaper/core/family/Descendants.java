package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks for the processes below the worker's children. While the worker lives, the process tree
 * shows them; the ledger names them to the sweeper, too, when their parents are killed together
 * with the worker.
 */
final class Descendants {
  /** Limits the looks at thousands of descendants to that part of the time. */
  private static final int SHARE = 125;

  /**
   * The longest that a look at one descendant takes: what is above it is time in which this thread
   * did not run.
   */
  private static final long LONGEST_NANOS = 100_000;

  private final ProcFs proc;
  private final Family family;
  private long nextNanos = System.nanoTime();

  Descendants(ProcFs proc, Family family) {
    this.proc = proc;
    this.family = family;
  }

  /** Whether it is time to look. */
  boolean isDue() {
    return System.nanoTime() - nextNanos >= 0;
  }

  /** Looks once for the processes below these children. */
  void look(List<ProcessInfo> children) {
    long start = System.nanoTime();
    Set<ProcessId> below = new HashSet<>();
    Map<Integer, Child> recorded = new HashMap<>();
    Lineage lineage = family.lineage();
    for (ProcessInfo child : lineage == null ? List.<ProcessInfo>of() : children) {
      Child itself = family.get(child.id());
      recorded.put(child.pid(), itself == null ? lineage.ancestorOf(child.id()) : itself);
    }
    // Parents come before their children.
    for (ProcessInfo descendant : proc.descendantsOf(children)) {
      below.add(descendant.id());
      if (lineage != null) {
        Child ancestor = recorded.get(descendant.parent());
        recorded.put(descendant.pid(), ancestor);
        lineage.seen(descendant.id(), ancestor);
      }
    }
    Set<ProcessId> present = new HashSet<>();
    for (ProcessInfo child : children) {
      if (!child.isZombie()) {
        present.add(child.id());
      }
    }
    family.descend(below, present, proc);
    long end = System.nanoTime();
    long longest = (children.size() + below.size()) * LONGEST_NANOS;
    nextNanos = end + Math.min(end - start, longest) * SHARE;
  }
}
