package io.reaper.it.spark;

import io.reaper.it.harness.Worker;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition of a process of Spark's, and shows what it said when it does not come. */
public final class Patience {

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Duration LOOK = Duration.ofMillis(20);

  private Patience() {}

  /** Waits until it is so, or the process has ended and it never will be. */
  public static void await(Worker process, String what, BooleanSupplier condition) {
    within(LIMIT, () -> condition.getAsBoolean() || !process.isAlive());
    if (!condition.getAsBoolean()) {
      throw new AssertionError(
          "no %s; reported: %s%nstdout: %s%nstderr: %s"
              .formatted(what, process.reported(), process.stdout(), process.stderr()));
    }
  }

  /** Waits until it is so, but no longer than that. */
  public static boolean within(Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return true;
  }
}
