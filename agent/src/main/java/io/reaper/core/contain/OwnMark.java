package io.reaper.core.contain;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;

/** Sets a worker's mark on the worker itself; its descendants inherit it. */
public final class OwnMark {
  private static final long INFINITY = -1;

  /** With these, those below and those of a pid, one is left beside the sign. */
  private static final int START_BITS = 23;

  private static final int NANO_BITS = 17;

  private static final ProcessId NONE = new ProcessId(0, 0);

  private OwnMark() {}

  /**
   * Returns a value that no other process has: its pid, its start time as far as there is room, and
   * nanoseconds of the clock, as one that is let go and attached to again needs another. A sum of
   * it and a pid is positive, too.
   */
  public static long choose(ProcessId self) {
    long nanos = System.nanoTime() & (1L << NANO_BITS) - 1;
    return withoutNanos(self) | nanos << ProcessId.PID_BITS;
  }

  private static long withoutNanos(ProcessId id) {
    long start = id.start() & (1L << START_BITS) - 1;
    return start << NANO_BITS + ProcessId.PID_BITS | id.pid();
  }

  /**
   * Whether that process has chosen this value. The pid alone does not tell: one in a PID namespace
   * below, or later, has the same, and has inherited the value.
   */
  static boolean isOf(long value, ProcessId id) {
    long nanos = (1L << NANO_BITS) - 1 << ProcessId.PID_BITS;
    return value > 0 && (value & ~nanos) == withoutNanos(id);
  }

  /**
   * Takes the mark off the worker, so that it will hand down another: what carries this one is let
   * go for good. Without a mark, 0, the limit is not the agent's to change.
   */
  static void takeOff(long mark, Posix posix) {
    if (mark != 0 && posix.setSoftLimit(Posix.RLIMIT_LOCKS, INFINITY) < 0) {
      // The hard limit is lower; any value that is no worker's does as well.
      posix.setSoftLimit(Posix.RLIMIT_LOCKS, choose(NONE));
    }
  }

  /**
   * Sets the mark; returns its value, or 0 if that is refused. The modes hold without it, but for
   * orphans: a subreaper's of the last moment before a crash, and all where others' may be among
   * them.
   *
   * @param isNeeded whether a mode does not hold without it
   */
  static long handDown(ProcessId self, ProcFs proc, Posix posix, boolean isNeeded, Log log) {
    Long before = proc.details(self.pid()).softLimitOnLocks();
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
