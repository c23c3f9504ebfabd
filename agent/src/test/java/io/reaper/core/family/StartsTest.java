package io.reaper.core.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StartsTest {
  private final Starts starts = new Starts();
  private final CountDownLatch passed = new CountDownLatch(1);
  private final Thread other =
      new Thread(
          () -> {
            starts.awaitTurn();
            passed.countDown();
            starts.end();
          });

  @BeforeEach
  void noThreadOutlivesTheTests() {
    other.setDaemon(true);
  }

  @AfterEach
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noStartIsHeldBack() throws InterruptedException {
    starts.forkFreely();
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

  /** An application may make any of it its own, and run code of its own there. */
  @Test
  void threadIsKnownWhateverItsHashCodeSays() throws InterruptedException {
    Thread moody =
        new Thread(
            () -> {
              starts.awaitTurn();
              starts.end();
            }) {
          @Override
          public int hashCode() {
            throw new IllegalStateException("is the application's");
          }

          @Override
          public boolean equals(Object other) {
            throw new IllegalStateException("is the application's");
          }
        };
    Throwable[] thrown = new Throwable[1];
    moody.setUncaughtExceptionHandler((thread, fault) -> thrown[0] = fault);
    moody.start();
    moody.join();
    assertThat(thrown[0]).isNull();
  }

  @Test
  void openOneLetsEveryThreadPass() throws InterruptedException {
    starts.awaitTurn();
    other.start();
    passed.await();
  }

  @Test
  void closedOneLetsTheNextPassWhenTheFirstHasLeft() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    comesAndWaits();
    starts.end();
    passed.await();
  }

  @Test
  void startThatHangsDoesNotKeepTheNextOneForEver() throws InterruptedException {
    Starts impatient = new Starts(50_000_000, 50_000_000);
    impatient.forkOneAtATime();
    started(impatient::awaitTurn).join();
    Thread next = started(impatient::awaitTurn);
    next.join();
    assertThat(next.isAlive()).isFalse();
  }

  @Test
  void opensForThreadsThatWaitWhenTheOneInsideHasLeft() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    Thread opener = started(starts::forkFreely);
    waits(opener);
    comesAndWaits();
    starts.end();
    opener.join();
    passed.await();
    starts.awaitTurn();
    Thread next = started(starts::awaitTurn);
    next.join();
  }

  @Test
  void opensThoughTheOneInsideNeverLeaves() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    comesAndWaits();
    started(starts::forkFreely).join();
    passed.await();
  }

  @Test
  void isClosedWhenAllButOneHaveLeft() throws InterruptedException {
    CountDownLatch mayLeave = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      started(
          () -> {
            starts.awaitTurn();
            entered.countDown();
            try {
              mayLeave.await();
            } catch (InterruptedException hurried) {
              Thread.currentThread().interrupt();
            }
            starts.end();
          });
    }
    entered.await();
    Thread closer = started(starts::forkOneAtATime);
    waits(closer);
    mayLeave.countDown();
    closer.join();
  }

  @Test
  void threadThatIsInterruptedMeanwhileStaysSo() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    Thread interrupted =
        started(
            () -> {
              starts.awaitTurn();
              passed.countDown();
              while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
              }
              starts.end();
            });
    interrupted.interrupt();
    starts.end();
    passed.await();
    interrupted.join();
  }

  @Test
  void threadThatHasNotLeftMayPassAgain() {
    starts.forkOneAtATime();
    starts.awaitTurn();
    starts.awaitTurn();
    starts.end();
    starts.awaitTurn();
    starts.end();
  }

  @Test
  void threadThatNeverEnteredSetsNoneFree() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    Thread stranger = new Thread(starts::end);
    stranger.start();
    stranger.join();
    comesAndWaits();
    starts.end();
  }

  @Test
  void endWaitsForAStartThatIsUnderWayAndLetsNoOtherBegin() throws InterruptedException {
    starts.begin();
    Thread closer = started(starts::close);
    waits(closer);
    starts.end();
    closer.join();
    Thread late = started(starts::begin);
    waits(late);
    assertThat(starts.areNone()).isTrue();
    late.interrupt();
  }

  @Test
  void startThatWaitsForItsTurnWhenTheEndBeginsDoesNotForkAfterIt() throws InterruptedException {
    starts.forkOneAtATime();
    starts.awaitTurn();
    CountDownLatch forked = new CountDownLatch(1);
    Thread late =
        started(
            () -> {
              starts.begin();
              starts.awaitTurn();
              forked.countDown();
            });
    waits(late);
    starts.close();
    assertThat(starts.areNone()).isTrue();
    starts.end();
    starts.forkFreely();
    waits(late);
    assertThat(forked.getCount()).isOne();
  }

  @Test
  void startOfTheAgentsOwnIsWaitedForAndIsNotLostInsideAnother() throws IOException {
    assertThat(starts.beginOwn()).isTrue();
    assertThat(starts.areNone()).isFalse();
    assertThat(starts.beginOwn()).isFalse();
    assertThat(starts.haveLostOne()).isFalse();
    starts.end();
    assertThat(starts.areNone()).isTrue();
  }

  @Test
  void agentStartsNothingOfItsOwnOnceTheEndHasBegun() {
    starts.close();
    assertThatThrownBy(starts::beginOwn).isInstanceOf(IOException.class);
    assertThat(starts.areNone()).isTrue();
  }

  @Test
  void lookWaitsForAStartThatIsUnderWayAndHoldsOthersBackUntilItIsOver()
      throws InterruptedException {
    starts.begin();
    Thread looking = started(starts::suspend);
    waits(looking);
    starts.end();
    looking.join();
    Thread late = started(starts::begin);
    waits(late);
    assertThat(starts.areNone()).isTrue();
    starts.resume();
    late.join();
    assertThat(starts.areNone()).isFalse();
    assertThat(starts.haveLostOne()).isFalse();
  }

  @Test
  void startsAreHeldBackUntilTheLastOfTwoLooksIsOver() throws InterruptedException {
    starts.suspend();
    Thread another =
        started(
            () -> {
              starts.suspend();
              starts.resume();
            });
    another.join();
    Thread late = started(starts::begin);
    waits(late);
    starts.resume();
    late.join();
  }

  @Test
  void lookWaitsForAStartThatAnotherHasHeldBack() throws InterruptedException {
    starts.suspend();
    Thread late = started(starts::begin);
    waits(late);
    Thread looking = started(starts::suspend);
    waits(looking);
    starts.resume();
    late.join();
    assertThat(starts.areNone()).isFalse();
  }

  @Test
  void startOfTheAgentsOwnIsHeldBackToo() throws InterruptedException {
    starts.suspend();
    Thread own =
        started(
            () -> {
              try {
                starts.beginOwn();
              } catch (IOException theEnd) {
                starts.begin();
              }
            });
    waits(own);
    assertThat(starts.areNone()).isTrue();
    starts.resume();
    own.join();
    assertThat(starts.areNone()).isFalse();
  }

  @Test
  void lookThatHangsHoldsTheFirstStartBackForAWhileAndLaterOnesNotAtAll()
      throws InterruptedException {
    long hold = 1_000_000_000;
    Starts impatient = new Starts(hold, hold);
    started(impatient::suspend).join();
    impatient.begin();
    assertThat(impatient.areNone()).isFalse();
    impatient.end();
    long begun = System.nanoTime();
    impatient.begin();
    assertThat(System.nanoTime() - begun).isLessThan(hold);
  }

  @Test
  void startThatIsHeldBackKeepsItsInterrupt() throws InterruptedException {
    starts.suspend();
    Thread late =
        started(
            () -> {
              starts.begin();
              if (Thread.interrupted()) {
                passed.countDown();
              }
            });
    waits(late);
    late.interrupt();
    starts.resume();
    passed.await();
  }
}
