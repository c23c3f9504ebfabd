package io.reaper.core.contain;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * The caller, the sentinel, and whatever is above them: the sentinels that have started a sweeper,
 * or wait for one, carry the worker's mark, as all that the worker has started.
 */
final class Ancestors {
  private final int self;
  private final ProcFs proc;
  private Set<Integer> numbers;
  private ProcessId watching;

  Ancestors(int self, ProcFs proc) {
    this.self = self;
    this.proc = proc;
  }

  /**
   * Returns their pids, that of one above which /proc shows nothing more included, or null if a
   * look has failed.
   *
   * @param sentinel the worker's sentinel, or null
   */
  Set<Integer> numbers(ProcessId sentinel) {
    int failed = proc.failedLooks();
    if (numbers == null || !Objects.equals(sentinel, watching)) {
      numbers = new HashSet<>();
      watching = sentinel;
      numbers.add(self);
      addWithAncestors(proc.read(self));
      ProcessInfo there = sentinel == null ? null : proc.read(sentinel.pid());
      if (there != null && there.id().equals(sentinel)) {
        addWithAncestors(there);
      }
      if (proc.failedLooks() != failed) {
        numbers = null;
      }
    }
    return numbers;
  }

  private void addWithAncestors(ProcessInfo process) {
    ProcessInfo at = process;
    while (at != null && numbers.add(at.pid()) | numbers.add(at.parent())) {
      at = proc.read(at.parent());
    }
  }
}
