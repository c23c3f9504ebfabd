package io.reaper.it.support;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.awaitility.pollinterval.IterativePollInterval;

/** The waiter of all tests: for a condition, never for a time. */
public final class Until {

  /** For a machine ten times slower than the one on which things take a second or two. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LONGEST_INTERVAL = Duration.ofMillis(200);

  private Until() {}

  /** Waits for a condition of a living worker; shows what that said if it does not come true. */
  public static void until(Worker worker, Callable<Boolean> condition) {
    try {
      if (!becomes(PATIENCE, () -> condition.call() || !worker.isAlive())) {
        throw new AssertionError("not within " + PATIENCE.toSeconds() + " s" + said(worker));
      }
      if (!condition.call()) {
        throw new AssertionError("the worker ended with " + worker.waitFor(0) + said(worker));
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for what need not be of a living worker. */
  public static void until(Callable<Boolean> condition) {
    until(PATIENCE, condition);
  }

  /** Waits for what takes longer. */
  public static void until(Duration bound, Callable<Boolean> condition) {
    if (!becomes(bound, condition)) {
      throw new AssertionError("not within " + bound.toSeconds() + " s");
    }
  }

  public static void untilGone(Proc process) {
    until(() -> !process.isAlive());
  }

  /** Waits until an assertion holds, and fails as it fails in the end. */
  public static void untilAsserted(ThrowingRunnable assertion) {
    untilAsserted(PATIENCE, assertion);
  }

  public static void untilAsserted(Duration bound, ThrowingRunnable assertion) {
    waiting(bound).untilAsserted(assertion);
  }

  /** Returns, once it is true or when the time is over, whether it is true. */
  public static boolean becomes(Duration bound, Callable<Boolean> condition) {
    try {
      waiting(bound).until(condition);
      return true;
    } catch (ConditionTimeoutException late) {
      return false;
    }
  }

  private static ConditionFactory waiting(Duration bound) {
    return Awaitility.await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(IterativePollInterval.iterative(Until::next, Duration.ofMillis(16)))
        .atMost(bound);
  }

  /** A look at all processes costs milliseconds: one that has waited for long looks less often. */
  private static Duration next(Duration last) {
    return last.compareTo(LONGEST_INTERVAL) < 0 ? last.multipliedBy(5).dividedBy(4) : last;
  }

  private static String said(Worker worker) {
    return "; report: %s%nstdout: %s%nstderr: %s"
        .formatted(worker.reported(), worker.stdout(), worker.stderr());
  }
}
