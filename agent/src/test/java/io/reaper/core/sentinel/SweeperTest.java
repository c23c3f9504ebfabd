package io.reaper.core.sentinel;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweeperTest {
  @TempDir private Path root;

  private void dead(LedgerDirectory directory, int worker, int child, ProcFs proc)
      throws IOException {
    LedgerContents contents =
        new LedgerContents(
            id(worker),
            0,
            false,
            worker,
            0,
            proc.numberSpace().name(),
            "children TERM 0 warn - - crash",
            "",
            "grace=0",
            "",
            "a.Main",
            Set.of(),
            Set.of(),
            null,
            Map.of(id(child), new LedgerEntry(LedgerEntry.Kind.CHILD, "")));
    Ledger.create(directory.fileOf(id(worker)), contents);
  }

  @Test
  void ledgerThatIsSweptInVainDoesNotEndTheSweep() throws IOException {
    FakeProc fake = new FakeProc(root.resolve("proc")).self(process(42, 1));
    fake.with(process(100, 1), process(101, 1));
    ProcFs proc = fake.reader();
    LedgerDirectory directory = LedgerDirectory.open(root.resolve("ledgers").toFile());
    dead(directory, 7, 100, proc);
    dead(directory, 8, 101, proc);
    List<Integer> tried = new ArrayList<>();
    FakePosix broken =
        new FakePosix() {
          @Override
          public int kill(int pid, Signal signal) {
            tried.add(pid);
            throw new IllegalStateException("no room");
          }
        };
    assertThat(new Sweeper(proc, broken, 42, Log.toStderr(Log.Level.OFF)).sweepAll(directory))
        .isZero();
    assertThat(tried).containsExactlyInAnyOrder(100, 101);
  }
}
