package io.reaper.core.family;

import static io.reaper.core.proc.Processes.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.jvm.Origin;
import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.ledger.Ledgers;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FamilyTest {
  @TempDir private Path directory;

  private Family family(Log.Level level) throws IOException {
    return new Family(Log.to(Files.newOutputStream(directory.resolve("log")), level));
  }

  @Test
  void childIsOursUntilTheJdkHasCollectedIt() throws IOException {
    Family family = family(Log.Level.OFF);
    FakeProcess process = new FakeProcess();
    Child child = process.asChild(100);
    family.add(child);
    assertThat(family.removeCollected()).isEmpty();
    assertThat(family.get(id(100))).isSameAs(child);
    process.isCollected();
    assertThat(family.removeCollected()).containsExactly(child);
    assertThat(family.isEmpty()).isTrue();
    assertThat(family.get(id(100))).isNull();
  }

  @Test
  void childrenFromBeforeTheAgentAreLeftAloneByNameAndNotTakenUp() throws IOException {
    Family family = family(Log.Level.OFF);
    FakeProc proc = new FakeProc(directory.resolve("proc")).self(Processes.process(42, 1));
    proc.with(Processes.process(90, 42), Processes.process(91, 1), Processes.process(93, 42));
    proc.children(42, 90, 93);
    family.leaveAlone(ChildrenAtStart.of("90 91 92 ", proc.reader(), 42));
    assertThat(family.bystanders())
        .containsExactlyInAnyOrder(
            id(90),
            new ProcessId(91, ProcessId.UNKNOWN_START),
            new ProcessId(92, ProcessId.UNKNOWN_START));
    assertThat(family.takeUp(proc.reader(), 42)).isEqualTo(1);
    assertThat(family.all()).containsOnlyKeys(id(93));
  }

  @Test
  void everyProcessIsDescribedByWhatStartedIt() throws IOException {
    Family family = family(Log.Level.OFF);
    Origin origin = new Origin(Set.of());
    origin.setStackTrace(
        new StackTraceElement[] {
          frame("io.reaper.core.spawn.SpawnRecorder"),
          frame("java.lang.ProcessBuilder"),
          frame("app.Job"),
          frame("app.Main")
        });
    Origin nobodys = new Origin(Set.of());
    nobodys.setStackTrace(new StackTraceElement[] {frame("java.lang.Thread")});
    family.add(new Child(id(100), new FakeProcess(), new String[0], 0, "pool-1", origin));
    family.add(new Child(id(101), new FakeProcess(), new String[0], 0, "pool-1", nobodys));
    assertThat(family.all()).containsOnlyKeys(id(100), id(101));
    assertThat(family.all().get(id(100)))
        .hasToString("started by app.Job.run(Job.java:17): Main.run → Job.run");
    assertThat(family.all().get(id(101))).hasToString("started by thread pool-1");
  }

  private static StackTraceElement frame(String type) {
    return new StackTraceElement(type, "run", "Job.java", 17);
  }

  @Test
  void everyChangeIsInTheLedger() throws IOException {
    Family family = family(Log.Level.OFF);
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      FakeProcess process = new FakeProcess();
      family.add(process.asChild(100));
      family.adopt(id(101));
      assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(100), id(101));
      process.isCollected();
      family.removeCollected();
      family.forget(List.of(id(101)));
      assertThat(LedgerReader.read(ledger.file()).processes()).isEmpty();
    }
  }

  private LedgerEntry descendant() {
    return new LedgerEntry(LedgerEntry.Kind.DESCENDANT, "");
  }

  @Test
  void descendantsAreInTheLedgerUntilTheyAreDeadOrAdopted() throws IOException {
    Family family = family(Log.Level.OFF);
    FakeProc fake = new FakeProc(directory.resolve("proc"));
    ProcFs proc = fake.reader();
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      family.descend(Set.of(id(101), id(102), id(103)), Set.of(id(100)), proc);
      assertThat(LedgerReader.read(ledger.file()).processes())
          .isEqualTo(Map.of(id(101), descendant(), id(102), descendant(), id(103), descendant()));
      family.adopt(id(102));
      family.descend(Set.of(id(103)), Set.of(id(102)), proc);
      assertThat(LedgerReader.read(ledger.file()).processes())
          .isEqualTo(
              Map.of(
                  id(102), new LedgerEntry(LedgerEntry.Kind.ADOPTED, ""), id(103), descendant()));
      family.forgetDescendants();
      assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(102));
    }
  }

  @Test
  void descendantThatALookHasMissedIsKnownAsLongAsItLives() throws IOException {
    Family family = family(Log.Level.OFF);
    FakeProc fake = new FakeProc(directory.resolve("proc")).with(Processes.process(101, 42));
    ProcFs proc = fake.reader();
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      family.descend(Set.of(id(101)), Set.of(id(100)), proc);
      family.descend(Set.of(), Set.of(), proc);
      assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(101));
      fake.remove(101);
      family.descend(Set.of(), Set.of(), proc);
      assertThat(LedgerReader.read(ledger.file()).processes()).isEmpty();
    }
  }

  @Test
  void anotherLedgerNamesTheDescendantsAtTheNextLook() throws IOException {
    Family family = family(Log.Level.OFF);
    ProcFs proc = new FakeProc(directory.resolve("proc")).reader();
    try (Ledger first = Ledgers.create(directory.resolve("1-1.ledger"));
        Ledger second = Ledgers.create(directory.resolve("1-2.ledger"))) {
      family.keepIn(first);
      family.descend(Set.of(id(101)), Set.of(id(100)), proc);
      family.keepIn(second);
      family.descend(Set.of(id(101)), Set.of(id(100)), proc);
      assertThat(LedgerReader.read(second.file()).processes()).containsOnlyKeys(id(101));
    }
  }

  @Test
  void childThatCouldNotBeLookedAtIsNotInTheLedger() throws IOException {
    Family family = family(Log.Level.OFF);
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      ProcessId unknown = new ProcessId(100, ProcessId.UNKNOWN_START);
      family.add(
          new Child(unknown, new FakeProcess(), new String[0], 0, "main", new Origin(Set.of())));
      assertThat(family.all()).containsOnlyKeys(unknown);
      assertThat(LedgerReader.read(ledger.file()).processes()).isEmpty();
    }
  }

  @Test
  void fullLedgerIsToldOnceAndChildrenAreRecordedAllTheSame() throws IOException {
    Family family = family(Log.Level.WARN);
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      for (int pid = 2; ledger.enter(id(pid), LedgerEntry.Kind.CHILD); pid++) {
        assertThat(pid).isLessThan(100_000);
      }
      family.add(new FakeProcess().asChild(200_000));
      family.add(new FakeProcess().asChild(200_001));
    }
    assertThat(family.all()).hasSize(2);
    assertThat(Files.readAllLines(directory.resolve("log")))
        .singleElement()
        .asString()
        .contains("the ledger is full");
  }

  @Test
  void childThatAFullLedgerHasRefusedIsEnteredWhenThereIsRoom() throws IOException {
    Family family = family(Log.Level.WARN);
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      for (int pid = 2; ledger.enter(id(pid), LedgerEntry.Kind.CHILD); pid++) {
        assertThat(pid).isLessThan(100_000);
      }
      family.add(new FakeProcess().asChild(200_000));
      family.describe();
      assertThat(family.isLedgerWhole()).isFalse();
      ledger.clear(List.of(id(2)));
      family.describe();
      assertThat(family.isLedgerWhole()).isTrue();
      assertThat(LedgerReader.read(ledger.file()).processes()).containsKey(id(200_000));
    }
  }

  @Test
  void ledgerThatCannotBeWrittenIsToldOnceAndStopsNoStart() throws IOException {
    Family family = family(Log.Level.WARN);
    Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"));
    family.keepIn(ledger);
    ledger.close();
    FakeProcess process = new FakeProcess();
    family.add(process.asChild(100));
    family.add(new FakeProcess().asChild(101));
    process.isCollected();
    assertThat(family.removeCollected()).hasSize(1);
    assertThat(family.all()).containsOnlyKeys(id(101));
    assertThat(Files.readAllLines(directory.resolve("log"))).hasSize(1);
  }

  @Test
  void guardIsToldOnceOfAProcessThatMustBeKeptAndIsNotInTheLedger() throws IOException {
    Family family = family(Log.Level.OFF);
    Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"));
    family.keepIn(ledger);
    AtomicInteger told = new AtomicInteger();
    family.kept().tellIfUntold(told::incrementAndGet, true);
    family.kept().keepByMark(id(100));
    assertThat(told).hasValue(0);
    ledger.close();
    family.kept().keepByMark(id(101));
    family.kept().keepByMark(id(101));
    assertThat(told).hasValue(1);
    assertThat(family.kept().keep(id(102))).isFalse();
    assertThat(family.kept().all()).containsExactlyInAnyOrder(id(100), id(101));
  }

  @Test
  void descendantThatIsKeptStaysSoWhenTheWorkerIsNoSubreaperAnyMore() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    Family family = family(Log.Level.OFF);
    Path file = directory.resolve("1-1.ledger");
    family.keepIn(Ledgers.create(file));
    family.descend(Set.of(id(100)), Set.of(), proc.reader());
    family.kept().keepByMark(id(100));
    family.forgetDescendants();
    LedgerContents contents = LedgerReader.read(file.toFile());
    assertThat(contents.kept()).contains(id(100));
    assertThat(contents.processes()).doesNotContainKey(id(100));
  }

  @Test
  void childFromBeforeTheAgentThatIsMarkedIsKeptWhateverItBecomes() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc")).self(Processes.process(42, 1));
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(true);
    proc.with(Processes.process(100, 42)).children(42, 100);
    proc.environment(100, "REAPER_KEEP=true");
    assertThat(family.takeUp(proc.reader(), 42)).isEqualTo(1);
    assertThat(family.kept().all()).containsExactly(id(100));
  }

  @Test
  void processMayBeKeptWithoutALedgerUnlessAGuardWouldHaveToBeTold() throws IOException {
    Family family = family(Log.Level.OFF);
    assertThat(family.kept().keep(id(100))).isTrue();
    family.kept().tellIfUntold(() -> {}, false);
    assertThat(family.kept().keep(id(101))).isFalse();
    assertThat(family.kept().all()).containsExactly(id(100));
  }

  @Test
  void markIsRememberedFromTheFirstLookOnAndForgottenWithTheProcess() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(true);
    proc.with(Processes.process(100, 42), Processes.process(101, 42));
    proc.environment(100, "A=1", "REAPER_KEEP=true").environment(101, "REAPER_KEEP=1");
    family.kept().heedMark(id(100), proc.reader());
    family.kept().heedMark(id(101), proc.reader());
    assertThat(family.kept().all()).containsExactly(id(100));
    proc.environment(100, "redis-server *:6379");
    family.kept().heedMark(id(100), proc.reader());
    assertThat(family.kept().all()).containsExactly(id(100));
    family.forget(List.of(id(100)));
    assertThat(family.kept().all()).isEmpty();
  }

  @Test
  void markOfAnEarlierHolderOfTheNumberKeepsNone() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(true);
    proc.environment(100, "REAPER_KEEP=true");
    family.kept().heedMark(id(100), proc.reader());
    assertThat(family.kept().all()).isEmpty();
  }

  @Test
  void descendantIsLookedAtOnceMoreWhenItHasBecomeItsProgram() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(true);
    proc.with(Processes.process(100, 42)).environment(100, "A=1");
    family.descend(Set.of(id(100)), Set.of(), proc.reader());
    proc.environment(100, "A=1", "REAPER_KEEP=true");
    family.descend(Set.of(id(100)), Set.of(), proc.reader());
    assertThat(family.kept().all()).containsExactly(id(100));
  }

  @Test
  void descendantIsLookedAtAgainIfTheLookHasFailed() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    ProcFs reader = proc.reader();
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(true);
    proc.with(Processes.process(100, 42)).refuse("self/stat", "100/environ");
    for (int look = 0; look < 3; look++) {
      family.descend(Set.of(id(100)), Set.of(), reader);
    }
    proc.environment(100, "REAPER_KEEP=true");
    family.descend(Set.of(id(100)), Set.of(), reader);
    assertThat(family.kept().all()).containsExactly(id(100));
  }

  @Test
  void markCountsNeitherGivenNorSeenWhereTheWorkerHasItItself() throws IOException {
    FakeProc proc = new FakeProc(directory.resolve("proc"));
    Family family = family(Log.Level.OFF);
    family.kept().countMarks(false);
    proc.with(Processes.process(100, 42)).environment(100, "REAPER_KEEP=true");
    family.kept().heedMark(id(100), proc.reader());
    assertThat(family.kept().all()).isEmpty();
    assertThat(family.kept().isMarked(Map.of("REAPER_KEEP", "true"))).isFalse();
    family.kept().countMarks(true);
    assertThat(family.kept().isMarked(Map.of("REAPER_KEEP", "true"))).isTrue();
    assertThat(family.kept().isMarked(Map.of("REAPER_KEEP", "yes"))).isFalse();
    assertThat(family.kept().isMarked(Map.of())).isFalse();
  }
}
