package io.reaper.core.proc;

import java.util.List;

/**
 * Finds the process of a start that has failed after its fork: where the JDK has no thread to wait
 * for the process, it throws, and lets the process run (ProcessImpl, "process reaper").
 */
public final class FailedStart {
  /** A start time is a whole number of ticks, and so is the time of day since boot. */
  private static final long TICKS_MILLIS = 20;

  private FailedStart() {}

  /**
   * Returns the youngest child of the calling thread, on which the JDK forks, or null if it has
   * none that is so young.
   *
   * @param mostMillis how long ago the start has begun, in milliseconds
   */
  public static ProcessInfo process(ProcFs proc, long mostMillis) {
    byte[] line = proc.bytes(ProcFs.ROOT + "/thread-self/children");
    List<Integer> listed = line == null ? null : Stat.numbers(line);
    for (ProcessInfo child : ListedChildren.youngest(listed, proc.self(), 1, proc)) {
      long ageMillis = proc.own().upMillis() - child.id().startMillis();
      return ageMillis <= mostMillis + TICKS_MILLIS ? child : null;
    }
    return null;
  }
}
