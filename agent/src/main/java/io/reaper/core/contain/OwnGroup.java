package io.reaper.core.contain;

import io.reaper.core.family.Family;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.HashSet;
import java.util.Set;

/** Is the process group that the worker is in: one of its own, or its job on a terminal. */
final class OwnGroup {
  /** No process has that number or a higher one (linux/threads.h, PID_MAX_LIMIT). */
  private static final int NO_PID = 1 << 22;

  private final int number;
  private final boolean job;
  private final int session;
  private final long since;

  private OwnGroup(int number, boolean job, int session, long since) {
    this.number = number;
    this.job = job;
    this.session = session;
    this.since = since;
  }

  /**
   * Puts the worker into a group of its own, or leaves it in its job. Returns the group, or null if
   * the worker cannot have one; then a line in the log says why.
   *
   * @param mark what the worker's descendants carry, or 0
   */
  static OwnGroup enter(int self, ProcFs proc, Family family, long mark, Posix posix, Log log) {
    if (!proc.tellsStartTimes()) {
      return UnseenGroup.enter(self, posix, log) ? new OwnGroup(self, false, 0, 0) : null;
    }
    int failed = proc.failedLooks();
    ProcessInfo me = proc.me();
    // All that is in a session descends from its leader (credentials(7)): no shell adds to that.
    boolean inJob = me != null && me.session() != self && proc.details(self).hasTerminal();
    boolean leads = me != null && me.group() == self;
    Set<ProcessId> others =
        leads && !inJob ? othersIn(self, proc, family, mark) : Set.<ProcessId>of();
    if (me == null || proc.failedLooks() != failed) {
      log.warn(
          "cannot have a process group: a look at the worker, or at what else may be in its group,"
              + " has failed (are too many files open?); that group is not killed");
      return null;
    }
    if (inJob) {
      return stayInJob(me, log);
    }
    if (leads) {
      family.leaveAlone(others);
    } else {
      int answer = posix.setpgid(0, 0);
      if (answer < 0) {
        if (answer != -Posix.ENOSYS) {
          log.warn(
              "cannot have a process group: setpgid answered errno "
                  + -answer
                  + "; the worker stays in group "
                  + me.group()
                  + ", which is not killed");
        }
        return null;
      }
    }
    return new OwnGroup(self, false, me.session(), me.id().start());
  }

  /**
   * Keeps the worker in its group. A job is a group to the shell and to the terminal
   * (credentials(7)): a worker in another one would be out of the shell's reach, and the rest of
   * the job out of the keyboard's. Others may be in it by now, or come later, as what zsh runs at
   * the end of a pipeline does.
   */
  private static OwnGroup stayInJob(ProcessInfo me, Log log) {
    if (me.group() == 0) {
      log.warn(
          "cannot have a process group: the worker's job on this terminal is of another PID"
              + " namespace, and has no number here; use subreaper=true");
      return null;
    }
    log.info(
        "the worker stays in process group "
            + me.group()
            + ", its job on this terminal: only what it has started there ends with it");
    return new OwnGroup(me.group(), true, me.session(), me.id().start());
  }

  /**
   * Returns the strangers in this leader's group: a leader stays what it is, and what is in its
   * group by now was put there by another process.
   */
  private static Set<ProcessId> othersIn(int self, ProcFs proc, Family family, long mark) {
    Snapshot all = proc.snapshot();
    Set<ProcessId> own = new HashSet<>();
    for (ProcessInfo descendant : OwnDescendants.in(all, self, proc, family, mark)) {
      own.add(descendant.id());
    }
    Set<ProcessId> others = new HashSet<>();
    for (ProcessInfo process : all.processes()) {
      if (process.group() == self && process.pid() != self && !own.contains(process.id())) {
        others.add(process.id());
      }
    }
    if (!proc.isFree(NO_PID)) {
      // What /proc hides may be in the group: that something is to be spared forbids one stroke.
      others.add(new ProcessId(NO_PID, ProcessId.UNKNOWN_START));
    }
    return others;
  }

  int number() {
    return number;
  }

  /** Whether it is a shell's job. */
  boolean isJob() {
    return job;
  }

  /** Returns the session of then; the leader of a group cannot leave its session. */
  int session() {
    return session;
  }

  /** Returns when the worker started, in clock ticks after boot; 0 where that is not known. */
  long since() {
    return since;
  }
}
