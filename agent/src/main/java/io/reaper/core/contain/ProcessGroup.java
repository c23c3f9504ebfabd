package io.reaper.core.contain;

import io.reaper.core.family.ProcessId;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.family.Snapshot;
import java.util.Collection;
import java.util.Map;

/** Every member of the worker's own process group, but those that were there before the agent. */
public final class ProcessGroup implements Mode {
  @Override
  public String key() {
    return "process-group";
  }

  @Override
  public boolean looksBeyondChildren() {
    return true;
  }

  @Override
  public void select(
      Snapshot all, Kin kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    for (ProcessInfo process : all.processes()) {
      if (process.group() == kin.group() && !kin.bystanders().contains(process.id())) {
        selected.putIfAbsent(process.id(), "member of process group " + kin.group());
      }
    }
  }
}
