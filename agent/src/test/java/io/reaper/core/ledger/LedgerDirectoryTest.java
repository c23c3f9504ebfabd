package io.reaper.core.ledger;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerDirectoryTest {
  @TempDir private Path temporary;

  private Path place;

  @BeforeEach
  void aPlace() {
    place = temporary.resolve("reaper");
  }

  @Test
  void ledgerIsNamedAfterItsWorker() throws IOException {
    assertThat(LedgerDirectory.open(place.toFile()).fileOf(new ProcessId(4711, 99)))
        .isEqualTo(place.resolve("4711-99.ledger").toFile());
  }

  @Test
  void onlyLedgersOfTheDeadAreThoseOfTheDead() throws IOException {
    FakeProc proc = new FakeProc(temporary.resolve("proc"));
    proc.with(process(100, 1), in('Z', process(102, 1)), process(103, 1));
    LedgerDirectory directory = LedgerDirectory.open(place.toFile());
    File living = create(directory.fileOf(id(100)));
    File dead = create(directory.fileOf(id(101)));
    File zombie = create(directory.fileOf(id(102)));
    File reused = create(directory.fileOf(new ProcessId(103, 7)));
    assertThat(directory.ofTheDead(proc.reader())).containsExactlyInAnyOrder(dead, zombie, reused);
    assertThat(living).exists();
  }

  @Test
  void whatADeadWorkerNeverFinishedIsRemovedAndALivingOnesIsNot() throws IOException {
    FakeProc proc = new FakeProc(temporary.resolve("proc")).with(process(100, 1));
    LedgerDirectory directory = LedgerDirectory.open(place.toFile());
    String here = proc.reader().numberSpace().name();
    File living = unfinished(directory.fileOf(id(100)), here);
    File dead = unfinished(directory.fileOf(id(101)), here);
    assertThat(directory.ofTheDead(proc.reader())).isEmpty();
    assertThat(living).exists();
    assertThat(dead).doesNotExist();
  }

  @Test
  void whatAWorkerHasBegunThatProcMayHideStays() throws IOException {
    FakeProc proc = new FakeProc(temporary.resolve("proc")).hiding("hidepid=invisible");
    LedgerDirectory directory = LedgerDirectory.open(place.toFile());
    String here = proc.reader().numberSpace().name();
    File hidden = unfinished(directory.fileOf(id(101)), here);
    File finished = create(directory.fileOf(id(102)));
    assertThat(directory.ofTheDead(proc.reader())).containsExactly(finished);
    assertThat(hidden).exists();
  }

  @Test
  void whatIsBegunInAnotherNumberSpaceIsLeftAlone() throws IOException {
    FakeProc proc = new FakeProc(temporary.resolve("proc"));
    LedgerDirectory directory = LedgerDirectory.open(place.toFile());
    File elsewhere = unfinished(directory.fileOf(id(101)), "another boot");
    assertThat(directory.ofTheDead(proc.reader())).isEmpty();
    assertThat(elsewhere).exists();
  }

  private static File unfinished(File ledger, String numberSpace) throws IOException {
    Ledger.create(ledger, Ledgers.of(numberSpace));
    File unfinished = new File(ledger.getPath() + ".new");
    assertThat(ledger.renameTo(unfinished)).isTrue();
    return unfinished;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes.txt",
        "x.ledger",
        "x.ledger.new",
        "-.ledger",
        "a-b.ledger",
        "1-.ledger.new",
        "-1-2",
        "99999999999-1.ledger",
        ".ledger",
        "1.ledger-2",
        "7-7.ledger.bak"
      })
  void fileOfAnotherNameIsNoLedgerAndStays(String name) throws IOException {
    LedgerDirectory directory = LedgerDirectory.open(place.toFile());
    File other = create(place.resolve(name).toFile());
    assertThat(directory.ofTheDead(new FakeProc(temporary.resolve("proc")).reader())).isEmpty();
    assertThat(other).exists();
  }

  private static File create(File file) throws IOException {
    return Files.createFile(file.toPath()).toFile();
  }
}
