package io.reaper.it.spark;

import io.reaper.it.harness.Worker;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition of a process of Spark's, and shows what it said when it does not come. */
public final class Patience {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(20);

  private Patience() {}

  /** Waits until it is so. */
  public static void await(Worker process, String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError(
            "no %s; reported: %s%nstdout: %s%nstderr: %s"
                .formatted(what, process.reported(), process.stdout(), process.stderr()));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
