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
    while (other.isAlive() && other.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(passed.getCount()).isOne();
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
  void thatItOpensIsForThoseWhoWaitToo() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    comesAndWaits();
    turnstile.open();
    passed.await();
  }

  @Test
  void oneWhoIsInterruptedMeanwhileStaysSo() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    Thread interrupted =
        new Thread(
            () -> {
              turnstile.enter();
              passed.countDown();
              while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
              }
            });
    interrupted.setDaemon(true);
    interrupted.start();
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
  }

  @Test
  void whoNeverEnteredSetsNobodyFree() throws InterruptedException {
    turnstile.close();
    turnstile.enter();
    Thread stranger = new Thread(turnstile::leave);
    stranger.start();
    stranger.join();
    comesAndWaits();
  }
}
