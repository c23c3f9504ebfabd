package io.reaper.it.support;

import static org.awaitility.Awaitility.await;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;

/** Waits for a condition of a worker, and shows what the worker said when it does not come true. */
public final class Until {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Until() {}

  public static void until(Worker worker, Callable<Boolean> condition) {
    try {
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(PATIENCE)
          .until(() -> condition.call() || !worker.isAlive());
      if (!condition.call()) {
        throw new AssertionError("the worker ended with " + worker.waitFor(0) + said(worker));
      }
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("not within " + PATIENCE.toSeconds() + " s" + said(worker), e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same of a process whose worker is over. */
  public static void untilGone(Proc process) {
    untilDone(() -> !process.isAlive());
  }

  /** Waits for what no worker has a part in. */
  public static void untilDone(Callable<Boolean> condition) {
    await().pollInterval(Duration.ofMillis(20)).atMost(PATIENCE).until(condition);
  }

  private static String said(Worker worker) {
    return "; report: %s%nstdout: %s%nstderr: %s"
        .formatted(worker.reported(), worker.stdout(), worker.stderr());
  }
}
