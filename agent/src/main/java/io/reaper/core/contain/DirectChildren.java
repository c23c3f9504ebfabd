package io.reaper.core.contain;

import io.reaper.core.options.Option;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.Collection;
import java.util.Map;

/**
 * Selects the worker's direct children: those recorded, and others whose parent it is (native
 * forks).
 */
public final class DirectChildren implements Mode {
  @Override
  public String key() {
    return Option.CHILDREN.key();
  }

  @Override
  public boolean looksBeyondChildren() {
    return false;
  }

  @Override
  public void select(
      Snapshot all, WorkerFacts kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    for (ProcessInfo process : all.processes()) {
      if (kin.recorded().containsKey(process.id()) || process.parent() == kin.worker()) {
        selected.putIfAbsent(process.id(), "child");
      }
    }
  }
}
