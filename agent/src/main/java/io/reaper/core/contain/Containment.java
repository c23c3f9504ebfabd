package io.reaper.core.contain;

import io.reaper.core.family.Family;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Puts the worker into what its modes need of the kernel, and takes it out at the end. */
public final class Containment {
  private final AtomicReference<Options> options;
  private final int self;
  private final ProcFs proc;
  private final Family family;
  private final Posix posix;
  private final Log log;

  private volatile List<Mode> modes = List.of();
  private final Object adoption = new Object();
  private volatile Subreaper subreaper;
  private volatile long mark;
  private volatile Cgroup cgroup;
  private volatile OwnGroup group;

  /**
   * Creates the containment of this JVM.
   *
   * @param options those that hold at the moment
   */
  public Containment(
      AtomicReference<Options> options,
      int self,
      ProcFs proc,
      Family family,
      Posix posix,
      Log log) {
    this.options = options;
    this.self = self;
    this.proc = proc;
    this.family = family;
    this.posix = posix;
    this.log = log;
  }

  /**
   * Enters every mode that was asked for and is available; of those that are not, a line in the log
   * says why.
   */
  public void enter() {
    Options wanted = options.get();
    if (wanted.processGroup() && group == null) {
      group = OwnGroup.enter(self, proc, family, mark, posix, log);
    }
    if (wanted.subreaper() && subreaper == null) {
      becomeSubreaper();
    }
    if (mark == 0 && proc.tellsStartTimes() && (subreaper != null || group() != 0)) {
      ProcessInfo me = proc.me();
      ProcessId own = me == null ? new ProcessId(self, ProcessId.UNKNOWN_START) : me.id();
      // Only the mark tells whose a member of a job is when its parent is dead.
      mark = OwnMark.handDown(own, proc, posix, isJob(), log);
    }
    if (wanted.cgroup() && cgroup == null) {
      enterCgroup();
    }
    modes = Mode.of(wanted, ProcessGroup.of(group(), isJob()), subreaper, cgroup());
  }

  /**
   * Applies changed options in a worker that is running. Enters modes that were not asked for until
   * now as far as they are available; those that are not asked for any more kill no process, but
   * the worker stays where they have put it.
   */
  public void change() {
    if (subreaper != null && !options.get().subreaper()) {
      adoptNoMore();
      OwnMark.takeOff(mark, posix);
      mark = 0;
    }
    Cgroup before = cgroup;
    enter();
    if (cgroup != before) {
      takeDescendantsAlong();
    }
  }

  /**
   * Moves the descendants into the cgroup, if there is one. Those that run already would stay
   * behind; those that are forked meanwhile are seen by the next look.
   */
  public void takeDescendantsAlong() {
    Set<ProcessId> taken = new HashSet<>();
    Cgroup entered = cgroup();
    boolean more = entered != null;
    while (more) {
      more = false;
      for (ProcessInfo process : OwnDescendants.in(proc.snapshot(), self, proc, family, mark)) {
        if (taken.add(process.id())) {
          more |= take(entered, process.id());
        }
      }
    }
  }

  private boolean take(Cgroup entered, ProcessId process) {
    boolean moved = entered.take(process.pid());
    if (moved && !proc.isAlive(process)) {
      // It has ended since the look, and its number may be another's by now.
      entered.letOut(process.pid());
    }
    return moved;
  }

  /** Has orphans come to the worker or not, while it is a subreaper. */
  public void adopt(boolean orphans) {
    synchronized (adoption) {
      if (subreaper != null) {
        posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, orphans ? 1 : 0);
      }
    }
  }

  /** A thread that lets orphans come again after this would do so for ever. */
  private void adoptNoMore() {
    synchronized (adoption) {
      posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 0);
      subreaper = null;
    }
  }

  private void becomeSubreaper() {
    int answer = posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    if (answer >= 0) {
      subreaper = new Subreaper();
    } else if (answer != -Posix.ENOSYS) {
      // Where there is no C library, the log has said so, once for all that would need it.
      log.warn(
          "cannot be a subreaper: prctl(PR_SET_CHILD_SUBREAPER) answered errno "
              + -answer
              + "; orphans of this worker will outlive it");
    }
  }

  private void enterCgroup() {
    ProcessInfo me = proc.me();
    File parent = proc.own().cgroup();
    try {
      if (me == null) {
        throw new IOException("the worker cannot be looked at; are too many files open?");
      }
      cgroup = Cgroup.enter(parent, me.id());
      Cgroup.removeEmpty(parent, proc);
    } catch (IOException refused) {
      log.warn(
          "cannot have a cgroup ("
              + refused.getMessage()
              + "); the worker stays in its own, which is not killed");
    }
  }

  /** Whether there is something to give back at the end, even if there is no process to kill. */
  public boolean isToBeLeft() {
    return cgroup != null;
  }

  /** Removes the cgroup, if no process is left in it, even if an option has taken it back. */
  public void leave() {
    Cgroup entered = cgroup;
    if (entered != null && cgroup() == null) {
      entered.leaveBehind(self);
    } else if (entered != null) {
      try {
        entered.close(self);
      } catch (IOException | InterruptedException refused) {
        log.warn("cannot remove the worker's cgroup: " + refused.getMessage());
      }
    }
  }

  /** Returns the modes that the worker is in. */
  public List<Mode> modes() {
    return modes;
  }

  /** Whether orphans come to the worker. */
  public boolean isSubreaper() {
    return subreaper != null;
  }

  /** Whether SIGCHLD is to be ignored while no child of the JVM's own is waited for. */
  public boolean ignoresSigchld() {
    return options.get().sigchldIgnored();
  }

  /** Returns what this worker's descendants carry, or 0. */
  public long mark() {
    return mark;
  }

  /** Returns the process group that dies with the worker, or 0. */
  public int group() {
    OwnGroup entered = group;
    return entered != null && options.get().processGroup() ? entered.number() : 0;
  }

  /** Whether that group is a shell's job: only what the worker has started there dies. */
  public boolean isJob() {
    return group() != 0 && group.isJob();
  }

  /** Returns the cgroup that dies with the worker, or null. */
  public Cgroup cgroup() {
    return options.get().cgroup() ? cgroup : null;
  }

  /** Returns when the worker started, in clock ticks after boot; 0 if it has entered no group. */
  public long since() {
    OwnGroup entered = group;
    return entered == null ? 0 : entered.since();
  }

  /** Returns the session of then, or 0; the leader of a group cannot leave its session. */
  public int session() {
    OwnGroup entered = group;
    return entered == null ? 0 : entered.session();
  }
}
