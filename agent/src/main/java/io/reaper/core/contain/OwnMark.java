package io.reaper.core.contain;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;

/** Sets a worker's mark on the worker itself; its descendants inherit it. */
public final class OwnMark {
  private static final long INFINITY = -1;

  private OwnMark() {}

  /**
   * Returns a value that no other process has: nanoseconds of the clock, and the caller's own pid.
   */
  public static long choose(int self) {
    return (System.nanoTime() << ProcessId.PID_BITS | self) & Long.MAX_VALUE;
  }

  /** Whether a process of that pid has chosen this value. */
  static boolean isOf(long value, int pid) {
    return value > 0 && (value & (1L << ProcessId.PID_BITS) - 1) == pid;
  }

  /**
   * Takes the mark off the worker, so that it will hand down another: what carries this one is let
   * go for good. Without a mark, 0, the limit is not the agent's to change.
   */
  static void takeOff(long mark, Posix posix) {
    if (mark != 0 && posix.setSoftLimit(Posix.RLIMIT_LOCKS, INFINITY) < 0) {
      // The hard limit is lower; any value that is no worker's does as well.
      posix.setSoftLimit(Posix.RLIMIT_LOCKS, choose(0));
    }
  }

  /**
   * Sets the mark; returns its value, or 0 if that is refused. The modes hold without it, but for
   * orphans: a subreaper's of the last moment before a crash, and all where others' may be among
   * them.
   *
   * @param isNeeded whether a mode does not hold without it
   */
  static long handDown(int self, ProcFs proc, Posix posix, boolean isNeeded, Log log) {
    Long before = proc.details(self).softLimitOnLocks();
    // execve(2) leaves limits as they are: what this process was before has left descendants.
    long chosen = before != null && isOf(before, self) ? before : choose(self);
    int answer = posix.setSoftLimit(Posix.RLIMIT_LOCKS, chosen);
    if (answer >= 0) {
      return chosen;
    }
    String refused =
        "cannot mark the worker's descendants: setrlimit(RLIMIT_LOCKS) answered errno "
            + -answer
            + "; orphans of the last moment before a crash, or beside others' processes, will"
            + " outlive it";
    if (isNeeded) {
      log.warn(refused);
    } else {
      log.info(refused);
    }
    return 0;
  }
}
