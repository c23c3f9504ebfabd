package io.reaper.core.sentinel;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SweeperTest {
  @TempDir private Path root;

  private void dead(
      LedgerDirectory directory, int worker, int child, ProcessId sentinel, ProcFs proc)
      throws IOException {
    dead(directory, worker, child, sentinel, proc, "children TERM 0 warn - - crash", "grace=0");
  }

  private void dead(
      LedgerDirectory directory,
      int worker,
      int child,
      ProcessId sentinel,
      ProcFs proc,
      String orders,
      String options)
      throws IOException {
    LedgerContents contents =
        new LedgerContents(
            id(worker),
            0,
            false,
            worker,
            0,
            proc.numberSpace().name(),
            orders,
            "",
            options + ",log=off",
            "",
            "a.Main",
            Set.of(),
            Set.of(),
            sentinel,
            Map.of());
    Ledger.create(directory.fileOf(id(worker)), contents).enter(id(child), LedgerEntry.Kind.CHILD);
  }

  private void dead(LedgerDirectory directory, int worker, int child, ProcFs proc)
      throws IOException {
    dead(directory, worker, child, null, proc);
  }

  private static int sweepAll(Sweeper sweeper, ProcFs proc, LedgerDirectory directory) {
    return new Sweeps(sweeper, proc, Log.toStderr(Log.Level.OFF)).sweepAll(directory);
  }

  private FakeProc booted() {
    return new FakeProc(root.resolve("proc"))
        .write("sys/kernel/random/boot_id", "dc7b6cde-3e0a-4d49-9ab2-0f83d4e8d9f4");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "-1, 0", "-38, 0", "-3, 1"})
  void workerThatProcHidesIsDeadOnlyIfKillSaysSo(int answer, int swept) throws IOException {
    FakeProc fake = booted().self(process(42, 1)).hiding("hidepid=2");
    ProcFs proc = fake.with(process(100, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    FakePosix posix = posixOf(fake, answer);
    Sweeper sweeper = new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF));
    assertThat(sweepAll(sweeper, proc, directory)).isEqualTo(swept);
    assertThat(posix.calls()).hasSize(swept);
    assertThat(directory.all()).hasSize(1 - swept);
  }

  @Test
  void ledgerOfASentinelThatProcHidesIsLeftToIt() throws IOException {
    FakeProc fake = booted().self(process(42, 1)).hiding("hidepid=2");
    ProcFs proc = fake.with(process(100, 1), in('Z', process(7, 1))).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, id(8), proc);
    FakePosix posix = posixOf(fake, 0);
    Sweeper sweeper = new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF));
    assertThat(sweepAll(sweeper, proc, directory)).isZero();
    assertThat(posix.calls()).isEmpty();
  }

  /** A sentinel has held the worker's stat open; its number may be another user's by now. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, -38, -3})
  void sentinelIsBelievedThatItsWorkerIsDeadWhateverKillSays(int answer) throws IOException {
    FakeProc fake = booted().self(process(42, 1)).hiding("hidepid=2");
    ProcFs proc = fake.with(process(100, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    Sweeper sweeper = new Sweeper(proc, posixOf(fake, answer), 42, Log.toStderr(Log.Level.OFF));
    File ledger = directory.fileOf(id(7));
    assertThat(sweeper.sweep(ledger, ledger)).isEqualTo(Sweeper.Outcome.DONE);
  }

  @Test
  void ledgerStaysForAnotherTryIfTheProcessesCouldNotBeLookedAt() throws IOException {
    FakeProc fake = booted().self(process(42, 1));
    ProcFs proc = fake.with(process(100, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    FakePosix posix = posixOf(fake, 0);
    Sweeper sweeper = new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF));
    File ledger = directory.fileOf(id(7));
    fake.refuse("self/stat", "100/stat");
    Sweeper.Outcome outcome = sweeper.sweep(ledger, ledger);
    assertThat(outcome).isEqualTo(Sweeper.Outcome.NOT_SEEN);
    assertThat(outcome.mayBeOtherwise()).isTrue();
    assertThat(directory.all()).containsExactly(ledger);
    fake.self(process(42, 1)).with(process(100, 1));
    assertThat(sweeper.sweep(ledger, ledger)).isEqualTo(Sweeper.Outcome.DONE);
    assertThat(posix.calls()).containsExactly("kill(100, KILL)");
    assertThat(directory.all()).isEmpty();
  }

  /** A kernel in which that is the answer to a probe, and whatever is signalled ends. */
  private static FakePosix posixOf(FakeProc fake, int answer) {
    FakePosix posix = new FakePosix();
    posix.onKill(fake::remove);
    posix.answerProbes(answer);
    return posix;
  }

  /** The child of the dead worker's is above this process, and the sweep could not end it. */
  @Test
  void ledgerOfAWorkerAboveThisProcessIsLeftToAnother() throws IOException {
    FakeProc fake = booted().self(process(42, 100));
    ProcFs proc = fake.with(process(100, 1), process(101, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    dead(directory, 8, 101, proc);
    FakePosix posix = posixOf(fake, 0);
    Sweeper sweeper = new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF));
    assertThat(sweepAll(sweeper, proc, directory)).isOne();
    assertThat(posix.calls()).containsExactly("kill(101, KILL)");
    assertThat(directory.all()).containsExactly(directory.fileOf(id(7)));
  }

  /** What is left then has had its grace. */
  @Test
  void leftOfAnOrderlyEndIsKilledAtOnce() throws IOException {
    FakeProc fake = booted().self(process(42, 1));
    ProcFs proc = fake.with(process(100, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, null, proc, "children TERM 0 warn - - end", "grace=20s");
    FakePosix posix = posixOf(fake, 0);
    assertThat(sweepAll(new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF)), proc, directory))
        .isOne();
    assertThat(posix.calls()).containsExactly("kill(100, KILL)");
  }

  /** As in a /proc with subset=pid: it may be of the boot before, whose pids were others'. */
  @Test
  void ledgerIsLeftAloneWhereNothingTellsTheBoot() throws IOException {
    FakeProc fake = new FakeProc(root.resolve("proc")).self(process(42, 1));
    ProcFs proc = fake.with(process(100, 1)).reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    FakePosix posix = posixOf(fake, 0);
    Sweeper sweeper = new Sweeper(proc, posix, 42, Log.toStderr(Log.Level.OFF));
    assertThat(sweepAll(sweeper, proc, directory)).isZero();
    assertThat(posix.calls()).isEmpty();
    File ledger = directory.fileOf(id(7));
    assertThat(sweeper.sweep(ledger, ledger)).isEqualTo(Sweeper.Outcome.DONE);
  }

  @Test
  void ledgerThatIsSweptInVainDoesNotEndTheSweep() throws IOException {
    FakeProc fake = booted().self(process(42, 1));
    fake.with(process(100, 1), process(101, 1));
    ProcFs proc = fake.reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    dead(directory, 8, 101, proc);
    List<Integer> tried = new ArrayList<>();
    FakePosix broken = new FakePosix();
    broken.onKill(
        pid -> {
          tried.add(pid);
          throw new IllegalStateException("no room");
        });
    assertThat(
            sweepAll(new Sweeper(proc, broken, 42, Log.toStderr(Log.Level.OFF)), proc, directory))
        .isZero();
    assertThat(tried).containsExactlyInAnyOrder(100, 101);
  }
}
