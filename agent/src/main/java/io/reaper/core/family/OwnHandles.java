package io.reaper.core.family;

import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows and signals the recorded children alone, by the JDK's own handles, where there is no /proc:
 * on another system than Linux, or in a sandbox that mounts none. Without start times a pid names
 * no process for certain, but that of a child that the JDK has not collected is no other's
 * (wait(2)).
 */
public final class OwnHandles extends ProcFs implements Posix {
  /** What such a worker still kills. */
  public static final String CONSEQUENCE =
      "a crash ends process-group=true alone, an orderly end direct children, too";

  private static final int UNKNOWN = 0;

  private final Family family;
  private final Posix others;

  private OwnHandles(Family family, Posix others) {
    super("/dev/null");
    this.family = family;
    this.others = others;
  }

  /** Returns the view of the children of that family. */
  public static ProcFs viewOf(Family family) {
    return new OwnHandles(family, null);
  }

  /**
   * Returns the way to signal children of that family. Calls of getpgid and setpgid go to the other
   * one; nothing else can be called.
   */
  public static Posix signalsTo(Family family, Posix others) {
    return new OwnHandles(family, others);
  }

  @Override
  public boolean tellsStartTimes() {
    return false;
  }

  @Override
  public ProcessInfo read(int pid) {
    Child child = childOf(pid);
    return child == null ? null : infoOf(child);
  }

  @Override
  public Snapshot snapshot() {
    List<ProcessInfo> living = new ArrayList<>();
    for (Child child : family.all().values()) {
      if (!child.isCollected()) {
        living.add(infoOf(child));
      }
    }
    return new Snapshot(living);
  }

  private ProcessInfo infoOf(Child child) {
    return new ProcessInfo(child.id(), 'S', self(), UNKNOWN, UNKNOWN, child.program());
  }

  private Child childOf(int pid) {
    Child child = family.get(new ProcessId(pid, ProcessId.UNKNOWN_START));
    return child == null || child.isCollected() ? null : child;
  }

  /** Kills a child, or asks it to end by the one signal that the JDK has for that. */
  @Override
  public int kill(int pid, Signal signal) {
    Child child = childOf(pid);
    if (child == null) {
      return -ESRCH;
    }
    if (signal == Signal.KILL) {
      child.process().destroyForcibly();
    } else if (signal != Signal.CONT) {
      child.process().destroy();
    }
    return 0;
  }

  @Override
  public int getpgid(int pid) {
    return others.getpgid(pid);
  }

  @Override
  public int setpgid(int pid, int group) {
    return others.setpgid(pid, group);
  }
}
