package io.reaper.core.contain;

import io.reaper.core.family.Family;
import io.reaper.core.family.Provenance;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
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
  private volatile Subreaper subreaper;
  private volatile long mark;
  private volatile Cgroup cgroup;
  private volatile int group;
  private volatile boolean job;
  private volatile int session;
  private volatile long since;

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
   * Enters every mode that was asked for and is available. Returns whether all were; of those that
   * were not, a line in the log says why.
   */
  public boolean enter() {
    Options wanted = options.get();
    boolean all = true;
    if (wanted.processGroup() && group == 0) {
      all &= enterGroup();
    }
    if (wanted.subreaper() && subreaper == null) {
      all &= becomeSubreaper();
    }
    if (mark == 0 && proc.tellsStartTimes() && (subreaper != null || group() != 0)) {
      mark = OwnMark.handDown(self, proc, posix, isJob(), log);
      // Only the mark tells whose a member of a job is when its parent is dead.
      all &= mark != 0 || !isJob();
    }
    if (wanted.cgroup() && cgroup == null) {
      all &= enterCgroup();
    }
    modes = Mode.of(wanted, ProcessGroup.of(group(), job), subreaper, cgroup());
    return all;
  }

  /**
   * Applies changed options in a worker that is running. Enters modes that were not asked for until
   * now as far as they are available; those that are not asked for any more kill no process, but
   * the worker stays where they have put it.
   */
  public void change() {
    if (subreaper != null && !options.get().subreaper()) {
      posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 0);
      subreaper = null;
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
    boolean more = cgroup != null;
    while (more) {
      more = false;
      for (ProcessInfo process : descendants(proc.snapshot())) {
        if (taken.add(process.id())) {
          more |= cgroup.take(process.pid());
        }
      }
    }
  }

  private List<ProcessInfo> descendants(Snapshot all) {
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

  private boolean becomeSubreaper() {
    int answer = posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    if (answer == -Posix.ENOSYS) {
      // There is no C library; the log has said so, once for all that would need it.
      return false;
    }
    if (answer < 0) {
      log.warn(
          "cannot be a subreaper: prctl(PR_SET_CHILD_SUBREAPER) answered errno "
              + -answer
              + "; orphans of this worker will outlive it");
      return false;
    }
    subreaper = new Subreaper();
    return true;
  }

  private boolean enterCgroup() {
    File parent = proc.own().cgroup();
    try {
      cgroup = Cgroup.enter(parent, proc.me().id());
      Cgroup.removeEmpty(parent, proc);
      return true;
    } catch (IOException refused) {
      log.warn(
          "cannot have a cgroup ("
              + refused.getMessage()
              + "); the worker stays in its own, which is not killed");
      return false;
    }
  }

  private boolean enterGroup() {
    if (!proc.tellsStartTimes()) {
      group = UnseenGroup.enter(self, posix, log) ? self : 0;
      return group != 0;
    }
    ProcessInfo me = proc.me();
    session = me.session();
    since = me.id().start();
    // All that is in a session descends from its leader (credentials(7)): no shell adds to that.
    if (proc.details(self).hasTerminal() && session != self) {
      return stayInJob(me.group());
    }
    if (me.group() != self) {
      int answer = posix.setpgid(0, 0);
      if (answer == -Posix.ENOSYS) {
        return false;
      }
      if (answer < 0) {
        log.warn(
            "cannot have a process group: setpgid answered errno "
                + -answer
                + "; the worker stays in group "
                + me.group()
                + ", which is not killed");
        return false;
      }
    } else {
      family.leaveAlone(othersInGroup());
    }
    group = self;
    return true;
  }

  /**
   * Keeps the worker in its group. A job is a group to the shell and to the terminal
   * (credentials(7)): a worker in another one would be out of the shell's reach, and the rest of
   * the job out of the keyboard's. Others may be in it by now, or come later, as what zsh runs at
   * the end of a pipeline does.
   */
  private boolean stayInJob(int number) {
    if (number == 0) {
      log.warn(
          "cannot have a process group: the worker's job on this terminal is of another PID"
              + " namespace, and has no number here; use subreaper=true");
      return false;
    }
    log.info(
        "the worker stays in process group "
            + number
            + ", its job on this terminal: only what it has started there ends with it");
    group = number;
    job = true;
    return true;
  }

  /**
   * Returns the strangers in this leader's group: a leader stays what it is, and what is in its
   * group by now was put there by another process.
   */
  private Set<ProcessId> othersInGroup() {
    Snapshot all = proc.snapshot();
    Set<ProcessId> own = new HashSet<>();
    for (ProcessInfo descendant : descendants(all)) {
      own.add(descendant.id());
    }
    Set<ProcessId> others = new HashSet<>();
    for (ProcessInfo process : all.processes()) {
      if (process.group() == self && process.pid() != self && !own.contains(process.id())) {
        others.add(process.id());
      }
    }
    return others;
  }

  /** Whether there is something to give back at the end, even if there is no process to kill. */
  public boolean isToBeLeft() {
    return cgroup != null;
  }

  /** Removes the cgroup, if no process is left in it. */
  public void leave() {
    if (cgroup != null) {
      try {
        cgroup.close(self);
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
    return options.get().processGroup() ? group : 0;
  }

  /** Whether that group is a shell's job: only what the worker has started there dies. */
  public boolean isJob() {
    return job && group() != 0;
  }

  /** Returns the cgroup that dies with the worker, or null. */
  public Cgroup cgroup() {
    return options.get().cgroup() ? cgroup : null;
  }

  /** Returns when the worker started, in clock ticks after boot; 0 if it has entered no group. */
  public long since() {
    return since;
  }

  /** Returns the session of then; the leader of a group cannot leave its session. */
  public int session() {
    return session;
  }
}
