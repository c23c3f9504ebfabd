package io.reaper.core.end;

import io.reaper.core.proc.ProcessId;

/** What a termination needs of the world; a test puts a fake in its place. */
public interface World {
  /** Whether that very process still runs. */
  boolean isAlive(ProcessId id);

  /** Whether it may still run: unlike {@link #isAlive}, a look that fails is no answer to this. */
  default boolean mayBeAlive(ProcessId id) {
    return isAlive(id);
  }

  /** Returns the milliseconds since boot, by the clock of start times. */
  long upMillis();

  /** Returns the milliseconds of a clock that only goes forward. */
  long millis();

  /** Is told, at least once, before the first process is sent the polite signal. */
  default void asks() {}

  /** Sleeps for so many milliseconds. */
  void nap(long millis);

  /** Returns the words that a process was started with, with a space between them. */
  default String command(int pid) {
    return "";
  }

  /** Returns the resident memory of a process. */
  default long residentBytes(int pid) {
    return 0;
  }
}
