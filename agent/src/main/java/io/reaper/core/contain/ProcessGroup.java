package io.reaper.core.contain;

import io.reaper.core.options.Option;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Selects every member of the worker's process group. Its number alone proves nothing once worker
 * and members are dead, as it may be another's by then. So a member must also have the worker's
 * session (setpgid(2) allows no other), and be no older.
 */
public final class ProcessGroup implements Mode {
  private final boolean job;
  private final MarkedOrphans orphans;

  private ProcessGroup(boolean job, MarkedOrphans orphans) {
    this.job = job;
    this.orphans = orphans;
  }

  /**
   * Returns the mode of a worker that lives, or null if there is no group.
   *
   * @param group the number of the group, or 0
   * @param job whether it is a shell's job, with what else is in that
   */
  public static ProcessGroup of(int group, boolean job) {
    return group == 0 ? null : new ProcessGroup(job, null);
  }

  /**
   * Returns the mode of a worker that has just died. A look at every process sees a member that
   * forks all the time by chance alone, and where another member may live on, or is a bystander,
   * the kernel cannot kill the group in one stroke.
   *
   * @param orphans finds the youngest of such members, or null
   */
  public static ProcessGroup ofTheDead(boolean job, MarkedOrphans orphans) {
    return new ProcessGroup(job, orphans);
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
    if (orphans != null) {
      orphans.noteAdopters(all);
    }
    for (ProcessInfo process : all.processes()) {
      if (isMember(process, kin)) {
        selected.putIfAbsent(process.id(), "member of process group " + kin.group());
      }
    }
  }

  private static boolean isMember(ProcessInfo process, WorkerFacts kin) {
    // Zero is a group of a PID namespace above, whatever it is there (proc(5)).
    return kin.group() != 0
        && process.group() == kin.group()
        && (kin.session() == WorkerFacts.UNKNOWN || process.session() == kin.session())
        && process.id().start() >= kin.since();
  }

  @Override
  public List<ProcessInfo> newOrphans(ProcFs proc, WorkerFacts kin, int self) {
    List<ProcessInfo> members = new ArrayList<>();
    if (orphans != null) {
      for (ProcessInfo orphan : orphans.youngestOrphans()) {
        if (isMember(orphan, kin)) {
          members.add(orphan);
        }
      }
    }
    return members;
  }
}
