package io.reaper.core.contain;

import io.reaper.core.options.Option;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.Collection;
import java.util.Map;

/**
 * Selects every member of the worker's process group. Its number alone proves nothing once worker
 * and members are dead, as it may be another's by then. So a member must also have the worker's
 * session (setpgid(2) allows no other), and be no older.
 */
public final class ProcessGroup implements Mode {
  private final boolean job;

  private ProcessGroup(boolean job) {
    this.job = job;
  }

  /**
   * Returns the mode, or null if there is no group.
   *
   * @param group the number of the group, or 0
   * @param job whether it is a shell's job, with what else is in that
   */
  public static ProcessGroup of(int group, boolean job) {
    return group == 0 ? null : new ProcessGroup(job);
  }

  @Override
  public boolean holdsOthers() {
    return job;
  }

  @Override
  public String key() {
    return Option.PROCESS_GROUP.key();
  }

  @Override
  public boolean looksBeyondChildren() {
    return true;
  }

  @Override
  public void select(
      Snapshot all, WorkerFacts kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    for (ProcessInfo process : all.processes()) {
      if (process.group() == kin.group()
          && (kin.session() == WorkerFacts.UNKNOWN || process.session() == kin.session())
          && process.id().start() >= kin.since()) {
        selected.putIfAbsent(process.id(), "member of process group " + kin.group());
      }
    }
  }
}
