package io.reaper.core.family;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.ledger.Ledgers;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class OrphansTest {
  private static final int SELF = 42;
  private static final int ORPHAN = 100;
  private static final int CHILD = 200;
  private static final long MARK = 4711;
  private static final long CHILDRENS_MARK = 77;

  @TempDir private Path root;
  @TempDir private Path directory;

  private final FakePosix posix = new FakePosix();
  private final NativeCode irrelevant = NativeCode.irrelevant();
  private final Waits waits = new Waits();
  private FakeProc fake;
  private Family family;
  private final Starts starts = new Starts();
  private Sigchld sigchld;
  private Orphans orphans;

  @BeforeEach
  void aSubreaper() {
    fake = new FakeProc(root).self(process(SELF, 1)).children(SELF);
    Log log = Log.toStderr(Log.Level.OFF);
    family = new Family(log);
    sigchld = new Sigchld(family, starts, posix, irrelevant, log);
    orphans = orphans(irrelevant);
  }

  private final Observation observation = Observation.unobserved(Log.toStderr(Log.Level.OFF));

  private Orphans orphans(NativeCode nativeCode) {
    Log log = Log.toStderr(Log.Level.OFF);
    ProcFs proc = fake.reader();
    return new Orphans(
        SELF,
        proc,
        family,
        posix,
        starts,
        sigchld,
        new Provenance(proc, SELF, family.bystanders(), MARK),
        new ForkedHere(SELF, proc, nativeCode, CHILDRENS_MARK),
        waits,
        observation,
        log);
  }

  private NativeCode nativeCode() {
    NativeCode there = new NativeCode(new OwnProc(root.toString()), "/jdk");
    there.isCalled();
    return there;
  }

  /** A JDK that waits for no orphan, and writes down for which it was to. */
  private static final class Waits extends OrphanWaits {
    private final List<Integer> begun = new ArrayList<>();
    private boolean taking;
    private int ended;

    @Override
    boolean begin(int pid) {
      begun.add(pid);
      return taking;
    }

    @Override
    void end() {
      ended++;
    }
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      orphans.look();
    }
  }

  private void hasChild(ProcessInfo child) {
    fake.with(child).children(SELF, child.pid());
  }

  private void hasZombie(int pid) {
    hasChild(in('Z', process(pid, SELF)));
  }

  @Test
  void workerWithoutChildrenHasNothingToLookAt() {
    assertThat(orphans.look()).isTrue();
    hasChild(process(ORPHAN, SELF));
    assertThat(orphans.look()).isFalse();
  }

  @Test
  void livingOrphanIsLeftAlone() {
    hasChild(process(ORPHAN, SELF));
    look(3);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void grandchildThatComesToTheWorkerAsAZombieIsInTheLedgerNoMore() throws IOException {
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      family.add(new FakeProcess().asChild(CHILD));
      hasChild(process(CHILD, SELF));
      fake.with(process(ORPHAN, CHILD)).childrenOf(CHILD, ORPHAN);
      look(1);
      assertThat(LedgerReader.read(ledger.file()).processes())
          .containsOnlyKeys(id(CHILD), id(ORPHAN));
      fake.childrenOf(CHILD);
      fake.with(in('Z', process(ORPHAN, SELF))).children(SELF, CHILD, ORPHAN);
      while (LedgerReader.read(ledger.file()).processes().containsKey(id(ORPHAN))) {
        orphans.look();
      }
      assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(CHILD));
    }
  }

  @Test
  void orphanOfABystanderIsNotEnteredInTheLedgerAndIsReaped() throws IOException {
    family.leaveAlone(Set.of(id(90)));
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      fake.with(process(90, SELF), process(91, 90), process(ORPHAN, SELF), process(101, SELF))
          .childrenOf(90, 91)
          .childrenOf(SELF, 90, ORPHAN, 101)
          .locks(ORPHAN, "unlimited")
          .locks(101, Long.toString(MARK))
          .children(SELF, 90, ORPHAN, 101);
      look(3);
      assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(101));
      assertThat(observation.adopted()).isEqualTo(1);
      fake.with(in('Z', process(ORPHAN, SELF)));
      look(2);
      assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
    }
  }

  @Test
  void zombieIsReapedByNameAtTheSecondLook() {
    hasZombie(ORPHAN);
    look(1);
    assertThat(posix.calls()).isEmpty();
    look(1);
    assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
  }

  @Test
  void recordedChildIsNeverReaped() {
    FakeProcess process = new FakeProcess();
    family.add(process.asChild(CHILD));
    hasZombie(CHILD);
    look(5);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void zombieSeenWhileAStartWasUnderWayWaitsForItsEnd() {
    starts.begin();
    hasZombie(ORPHAN);
    look(5);
    assertThat(posix.calls()).isEmpty();
    starts.end();
    look(1);
    assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
  }

  @Test
  void childThatIsAZombieBeforeItIsRecordedIsNotReaped() {
    starts.begin();
    hasZombie(CHILD);
    look(2);
    family.add(new FakeProcess().asChild(CHILD));
    starts.end();
    look(2);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void startAfterTheZombieWasSeenDoesNotHinder() {
    hasZombie(ORPHAN);
    look(1);
    starts.begin();
    look(1);
    assertThat(posix.calls()).hasSize(1);
  }

  @Test
  void numberThatIsReusedIsANewZombie() {
    hasZombie(ORPHAN);
    look(1);
    hasChild(new ProcessInfo(new ProcessId(ORPHAN, 9999), 'Z', SELF, 1, 1, "other"));
    look(1);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void zombieIsLeftToNativeCodeThatMayHaveForkedIt() {
    orphans = orphans(nativeCode());
    hasZombie(ORPHAN);
    look(5);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void livingChildOfNativeCodeIsLeftToItWhenItHasEnded() {
    orphans = orphans(nativeCode());
    hasChild(process(ORPHAN, SELF));
    look(5);
    hasZombie(ORPHAN);
    look(5);
    assertThat(posix.calls()).isEmpty();
    assertThat(waits.begun).isEmpty();
  }

  /** Was alive below the child at the last look, and is the worker's now. */
  private void hasAdopted(char state) {
    family.add(new FakeProcess().asChild(CHILD));
    hasChild(process(CHILD, SELF));
    fake.with(process(ORPHAN, CHILD)).childrenOf(CHILD, ORPHAN);
    look(1);
    fake.childrenOf(CHILD);
    fake.with(in(state, process(ORPHAN, SELF))).children(SELF, CHILD, ORPHAN);
  }

  @Test
  void oneThatWasAnothersIsReapedAtTheFirstLookWhateverIsThere() {
    orphans = orphans(nativeCode());
    hasAdopted('Z');
    look(1);
    assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
  }

  @Test
  void oneThatWasAnothersIsReapedThoughAStartIsUnderWay() {
    starts.begin();
    hasAdopted('Z');
    look(1);
    assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
  }

  @Test
  void oneThatCarriesTheMarkOfTheJdksChildrenIsReaped() {
    orphans = orphans(nativeCode());
    fake.residentSet(ORPHAN, CHILDRENS_MARK);
    hasZombie(ORPHAN);
    look(2);
    assertThat(posix.calls()).containsExactly("waitpid(100, 1)");
  }

  @Test
  void childWhoseStartIsUnderWayIsNotReapedForItsMark() {
    orphans = orphans(nativeCode());
    starts.begin();
    fake.residentSet(CHILD, CHILDRENS_MARK);
    hasZombie(CHILD);
    look(3);
    family.add(new FakeProcess().asChild(CHILD));
    starts.end();
    look(3);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void childOfNativeCodeIsNotToldOfAsAnOrphan() {
    orphans = orphans(nativeCode());
    hasChild(process(ORPHAN, SELF));
    look(4);
    fake.children(SELF).remove(ORPHAN);
    look(1);
    assertThat(observation.adopted()).isZero();
    assertThat(observation.reaped()).isZero();
  }

  @Test
  void jdkAloneWaitsForAnOrphanAndReapsIt() {
    waits.taking = true;
    orphans = orphans(nativeCode());
    hasAdopted('S');
    look(3);
    assertThat(waits.begun).containsExactly(ORPHAN);
    fake.with(in('Z', process(ORPHAN, SELF)));
    look(3);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void waitOfTheJdkCountsNoLongerWhenTheHousekeeperLooksForAnotherRecord() {
    waits.taking = true;
    orphans = orphans(nativeCode());
    hasAdopted('S');
    Log log = Log.toStderr(Log.Level.OFF);
    Housekeeper housekeeper =
        new Housekeeper(family, starts.flag(), fake.reader(), observation, log);
    housekeeper.lookAfter(() -> orphans);
    for (int i = 0; i < 3; i++) {
      housekeeper.look();
    }
    assertThat(waits.begun).containsExactly(ORPHAN);
    housekeeper.lookAfter(null);
    assertThat(waits.ended).isOne();
  }

  @Test
  void jdkDoesNotWaitForAChildWhoseStartIsUnderWay() {
    waits.taking = true;
    starts.begin();
    hasChild(process(CHILD, SELF));
    look(3);
    family.add(new FakeProcess().asChild(CHILD));
    starts.end();
    look(3);
    assertThat(waits.begun).isEmpty();
  }

  @Test
  void orphanStandsInTheLedgerAsLongAsItIsThere() throws IOException {
    Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"));
    family.keepIn(ledger);
    hasChild(process(ORPHAN, SELF));
    look(2);
    assertThat(LedgerReader.read(ledger.file()).processes())
        .isEqualTo(Map.of(id(ORPHAN), new LedgerEntry(LedgerEntry.Kind.ADOPTED, "")));
    fake.children(SELF).remove(ORPHAN);
    look(1);
    assertThat(LedgerReader.read(ledger.file()).processes()).isEmpty();
    ledger.close();
  }

  @Test
  void orphanThatIsMissingInTheListOfOneLookIsStillThere() throws IOException {
    try (Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"))) {
      family.keepIn(ledger);
      for (char state : new char[] {'S', 'Z'}) {
        hasChild(in(state, process(ORPHAN, SELF)));
        family.kept().keep(id(ORPHAN));
        look(2);
        fake.children(SELF);
        assertThat(orphans.look()).as("nothing is left").isFalse();
        assertThat(family.kept().all()).containsExactly(id(ORPHAN));
        assertThat(LedgerReader.read(ledger.file()).processes()).containsOnlyKeys(id(ORPHAN));
        assertThat(LedgerReader.read(ledger.file()).kept()).contains(id(ORPHAN));
        assertThat(observation.reaped()).isZero();
      }
      fake.children(SELF).remove(ORPHAN);
      assertThat(orphans.look()).as("nothing is left").isTrue();
      assertThat(family.kept().all()).isEmpty();
      assertThat(observation.adopted()).isEqualTo(1);
      assertThat(observation.reaped()).isEqualTo(1);
    }
  }

  @Test
  void orphanWhoseMarkCouldNotBeReadOnceIsNoStrangerForGood() {
    family.leaveAlone(Set.of(id(90)));
    hasChild(process(ORPHAN, SELF));
    fake.childrenOf(SELF, ORPHAN).refuse("self/stat", ORPHAN + "/limits");
    look(2);
    assertThat(observation.adopted()).isZero();
    fake.self(process(SELF, 1)).locks(ORPHAN, Long.toString(MARK));
    look(2);
    assertThat(observation.adopted()).isEqualTo(1);
  }

  @Test
  void recordedChildIsNoOrphan() throws IOException {
    Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"));
    family.keepIn(ledger);
    family.add(new FakeProcess().asChild(CHILD));
    hasChild(process(CHILD, SELF));
    look(2);
    assertThat(LedgerReader.read(ledger.file()).processes())
        .isEqualTo(Map.of(id(CHILD), new LedgerEntry(LedgerEntry.Kind.CHILD, "")));
    ledger.close();
  }

  @Test
  void childTakenForAnOrphanWhileItStartedLeavesTheLedgerWhenItIsCollected() throws IOException {
    Ledger ledger = Ledgers.create(directory.resolve("1-1.ledger"));
    family.keepIn(ledger);
    starts.begin();
    hasChild(process(CHILD, SELF));
    look(1);
    FakeProcess process = new FakeProcess();
    family.add(process.asChild(CHILD));
    starts.end();
    assertThat(LedgerReader.read(ledger.file()).processes().keySet()).isEqualTo(Set.of(id(CHILD)));
    process.isCollected();
    fake.children(SELF).remove(CHILD);
    family.removeCollected();
    look(1);
    assertThat(LedgerReader.read(ledger.file()).processes()).isEmpty();
    ledger.close();
  }

  @Test
  void orphanIsToldOfOnceAndItsEndOnce() {
    hasChild(process(ORPHAN, SELF));
    look(4);
    assertThat(observation.adopted()).isEqualTo(1);
    fake.children(SELF).remove(ORPHAN);
    look(2);
    assertThat(observation.reaped()).isEqualTo(1);
  }

  @Test
  void childWhoseStartIsUnderWayIsNeverToldOfAsAnOrphan() {
    starts.begin();
    hasChild(process(CHILD, SELF));
    look(3);
    family.add(new FakeProcess().asChild(CHILD));
    starts.end();
    look(3);
    fake.children(SELF).remove(CHILD);
    look(1);
    assertThat(observation.adopted()).isZero();
    assertThat(observation.reaped()).isZero();
  }
}
