package io.reaper.core.family;

import static io.reaper.core.posix.Posix.SIG_DFL;
import static io.reaper.core.posix.Posix.SIG_IGN;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.OwnProc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigchldTest {
  private static final long HANDLER = 0x7f00_1234_5678L;

  @TempDir private Path directory;

  private final FakePosix posix = new FakePosix();
  private final NativeCode nativeCode = NativeCode.irrelevant();
  private Log log;
  private Family family;
  private final Starts starts = new Starts();
  private Sigchld sigchld;

  @BeforeEach
  void aWorkerWithoutChildren() throws IOException {
    log = Log.to(Files.newOutputStream(directory.resolve("log")), Log.Level.WARN);
    family = new Family(log);
    sigchld = new Sigchld(family, starts, posix, nativeCode, log);
    sigchld.startAdopting(true);
  }

  private long disposition() {
    return posix.disposition(Signal.CHLD);
  }

  private void begin() {
    starts.begin();
    sigchld.beforeStart();
  }

  private static void inAnotherThread(Runnable what) throws InterruptedException {
    Thread thread = new Thread(what);
    thread.start();
    thread.join();
  }

  @Test
  void untilItIsSettledNothingIsTouched() {
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void workerWithNoneToWaitForIgnoresIt() {
    assertThat(sigchld.settle()).isTrue();
    assertThat(disposition()).isEqualTo(SIG_IGN);
  }

  @Test
  void whereNativeCodeMayWaitItIsNotIgnored() {
    NativeCode here = new NativeCode(new OwnProc(directory.toString()), "/jdk");
    here.isCalled();
    Sigchld other = new Sigchld(family, starts, posix, here, log);
    other.startAdopting(true);
    assertThat(other.settle()).isTrue();
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void nativeCodeThatComesLaterFindsItAtItsDefault() {
    new FakeProc(directory).write("self/maps", "1-2 r-xp 0 fe:00 1 /jdk/lib/server/libjvm.so");
    NativeCode here = new NativeCode(new OwnProc(directory.toString()), "/jdk");
    Sigchld other = new Sigchld(family, starts, posix, here, log);
    other.startAdopting(true);
    other.settle();
    assertThat(disposition()).isEqualTo(SIG_IGN);
    here.isCalled();
    other.settle();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void settlingAgainAndAgainIsOneCall() {
    for (int tick = 0; tick < 10; tick++) {
      sigchld.settle();
    }
    assertThat(posix.calls()).hasSize(1);
  }

  @Test
  void startFindsItAtItsDefaultBeforeTheFork() {
    sigchld.settle();
    begin();
    assertThat(disposition()).isEqualTo(SIG_DFL);
    assertThat(sigchld.settle()).isFalse();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void startFindsItAtItsDefaultThoughOtherCodeHasIgnoredIt() {
    begin();
    starts.end();
    posix.dispose(Signal.CHLD, SIG_IGN);
    begin();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void childIsWaitedForThoughOtherCodeHasIgnoredItSinceItsStart() {
    begin();
    family.add(new FakeProcess().asChild(100));
    starts.end();
    posix.dispose(Signal.CHLD, SIG_IGN);
    sigchld.settle();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void handlerOfTheApplicationsIsNeverTouched() {
    posix.dispose(Signal.CHLD, HANDLER);
    begin();
    sigchld.settle();
    assertThat(posix.calls()).isEmpty();
    assertThat(disposition()).isEqualTo(HANDLER);
  }

  @Test
  void failedStartLeavesNoneToWaitFor() {
    sigchld.settle();
    begin();
    starts.end();
    assertThat(sigchld.settle()).isTrue();
    assertThat(disposition()).isEqualTo(SIG_IGN);
  }

  @Test
  void childIsWaitedForUntilTheJdkHasCollectedIt() {
    FakeProcess process = new FakeProcess();
    begin();
    family.add(process.asChild(100));
    starts.end();
    assertThat(sigchld.settle()).isFalse();
    assertThat(disposition()).isEqualTo(SIG_DFL);
    process.isCollected();
    family.removeCollected();
    assertThat(sigchld.settle()).isTrue();
    assertThat(disposition()).isEqualTo(SIG_IGN);
  }

  @Test
  void oneOfTwoStartsThatIsOverIsNotBoth() throws InterruptedException {
    inAnotherThread(this::begin);
    begin();
    starts.end();
    assertThat(sigchld.settle()).isFalse();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void childOfTheAgentsOwnIsWaitedForToo() {
    sigchld.settle();
    sigchld.suspend();
    assertThat(disposition()).isEqualTo(SIG_DFL);
    assertThat(sigchld.settle()).isFalse();
    assertThat(sigchld.areAllRecordedBefore(0)).isFalse();
    sigchld.resume();
    assertThat(sigchld.settle()).isTrue();
    assertThat(disposition()).isEqualTo(SIG_IGN);
    assertThat(sigchld.areAllRecordedBefore(0)).isTrue();
  }

  @Test
  void askedForTheDefaultItIsNeverTouched() {
    Sigchld left = new Sigchld(family, starts, posix, nativeCode, log);
    left.startAdopting(false);
    assertThat(left.settle()).isTrue();
    starts.begin();
    left.beforeStart();
    starts.end();
    left.settle();
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void handlerOfTheApplicationsIsLeftAloneAndThatIsSaidOnce() throws IOException {
    posix.dispose(Signal.CHLD, HANDLER);
    sigchld.settle();
    begin();
    starts.end();
    sigchld.settle();
    assertThat(disposition()).isEqualTo(HANDLER);
    assertThat(Files.readAllLines(directory.resolve("log")))
        .singleElement()
        .asString()
        .contains("SIGCHLD has a handler");
  }

  @Test
  void handlerThatTheApplicationSetsLaterIsLeftAloneToo() {
    sigchld.settle();
    posix.dispose(Signal.CHLD, HANDLER);
    begin();
    starts.end();
    sigchld.settle();
    assertThat(disposition()).isEqualTo(HANDLER);
    assertThat(sigchld.areAllRecordedBefore(0)).isFalse();
  }

  @Test
  void startFindsItAtItsDefaultThoughTheApplicationHasPutBackWhatItFound() {
    sigchld.settle();
    posix.dispose(Signal.CHLD, HANDLER);
    begin();
    starts.end();
    posix.dispose(Signal.CHLD, SIG_IGN);
    begin();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void nextLookFindsWhatTheApplicationHasPutBack() {
    sigchld.settle();
    posix.dispose(Signal.CHLD, HANDLER);
    begin();
    starts.end();
    sigchld.settle();
    assertThat(disposition()).isEqualTo(HANDLER);
    posix.dispose(Signal.CHLD, SIG_IGN);
    sigchld.settle();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void whatTheApplicationPutsBackIsFoundAfterTheModeWasLeft() {
    sigchld.settle();
    posix.dispose(Signal.CHLD, HANDLER);
    sigchld.stopAdopting();
    posix.dispose(Signal.CHLD, SIG_IGN);
    begin();
    assertThat(disposition()).isEqualTo(SIG_DFL);
  }

  @Test
  void handlerThatTheApplicationPutsBackStays() {
    sigchld.settle();
    begin();
    starts.end();
    posix.dispose(Signal.CHLD, HANDLER);
    begin();
    starts.end();
    sigchld.settle();
    begin();
    assertThat(disposition()).isEqualTo(HANDLER);
  }

  @Test
  void whereTheApplicationHandlesItNoOrphanIsReaped() {
    posix.dispose(Signal.CHLD, HANDLER);
    sigchld.settle();
    assertThat(sigchld.areAllRecordedBefore(starts.next())).isFalse();
  }

  @Test
  void startThatNeverCameBackKeepsHandsOffForEver() {
    sigchld.settle();
    begin();
    begin();
    starts.end();
    sigchld.settle();
    assertThat(disposition()).isEqualTo(SIG_DFL);
    assertThat(sigchld.areAllRecordedBefore(0)).isFalse();
  }

  @Test
  void workerThatLeavesItAloneNeverIgnoresIt() {
    sigchld.giveUp();
    sigchld.settle();
    assertThat(posix.calls()).isEmpty();
    assertThat(sigchld.areAllRecordedBefore(0)).isFalse();
  }

  @Test
  void startIsOverWhenEveryOneBeforeThatNumberIs() throws InterruptedException {
    inAnotherThread(this::begin);
    long second = starts.next();
    begin();
    assertThat(sigchld.areAllRecordedBefore(0)).isTrue();
    assertThat(sigchld.areAllRecordedBefore(second)).isFalse();
    starts.end();
    assertThat(sigchld.areAllRecordedBefore(second)).isFalse();
  }

  @Test
  void laterStartDoesNotMatterToAnEarlierNumber() {
    long first = starts.next();
    begin();
    assertThat(sigchld.areAllRecordedBefore(first)).isTrue();
    assertThat(sigchld.areAllRecordedBefore(starts.next())).isFalse();
  }
}
