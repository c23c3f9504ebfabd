package io.reaper.core.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TurnstileTest {
  private final Turnstile turnstile = new Turnstile();
  private final CountDownLatch passed = new CountDownLatch(1);
  private final Thread other =
      new Thread(
          () -> {
            turnstile.enter();
            passed.countDown();
            turnstile.leave();
          });

  @BeforeEach
  void nobodyOutlivesTheTests() {
    other.setDaemon(true);
  }

  @AfterEach
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nobodyIsHeldBack() throws InterruptedException {
    turnstile.open();
    other.join();
  }

  private void comesAndWaits() {
    other.start();
    waits(other);
    assertThat(passed.getCount()).isOne();
  }

  private static void waits(Thread thread) {
    while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(thread.isAlive()).isTrue();
  }

  private static Thread started(Runnable what) {
    Thread thread = new Thread(what);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Test
  void openOneLetsEverybodyPass() throws InterruptedException {
    turnstile.enter();
    other.start();
    passed.await();
  }

  @Test
  void closedOneLetsTheNextPassWhenTheFirstHasLeft() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    comesAndWaits();
    turnstile.leave();
    passed.await();
  }

  @Test
  void startThatHangsDoesNotKeepTheNextOneForEver() throws InterruptedException {
    Turnstile impatient = new Turnstile(50_000_000);
    impatient.close();
    started(impatient::enter).join();
    Thread next = started(impatient::enter);
    next.join();
    assertThat(next.isAlive()).isFalse();
  }

  @Test
  void opensForThoseWhoWaitWhenTheOneInsideHasLeft() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    Thread opener = started(turnstile::open);
    waits(opener);
    comesAndWaits();
    turnstile.leave();
    opener.join();
    passed.await();
    turnstile.enter();
    Thread next = started(turnstile::enter);
    next.join();
  }

  @Test
  void opensThoughTheOneInsideNeverLeaves() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    comesAndWaits();
    started(turnstile::open).join();
    passed.await();
  }

  @Test
  void isClosedWhenAllButOneHaveLeft() throws InterruptedException {
    CountDownLatch mayLeave = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      started(
          () -> {
            turnstile.enter();
            entered.countDown();
            try {
              mayLeave.await();
            } catch (InterruptedException hurried) {
              Thread.currentThread().interrupt();
            }
            turnstile.leave();
          });
    }
    entered.await();
    Thread closer = started(turnstile::close);
    waits(closer);
    mayLeave.countDown();
    closer.join();
  }

  @Test
  void oneWhoIsInterruptedMeanwhileStaysSo() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    Thread interrupted =
        started(
            () -> {
              turnstile.enter();
              passed.countDown();
              while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
              }
              turnstile.leave();
            });
    interrupted.interrupt();
    turnstile.leave();
    passed.await();
    interrupted.join();
  }

  @Test
  void oneWhoHasNotLeftMayPassAgain() {
    turnstile.close();
    turnstile.enter();
    turnstile.enter();
    turnstile.leave();
    turnstile.enter();
    turnstile.leave();
  }

  @Test
  void whoNeverEnteredSetsNobodyFree() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    Thread stranger = new Thread(turnstile::leave);
    stranger.start();
    stranger.join();
    comesAndWaits();
    turnstile.leave();
  }
}
