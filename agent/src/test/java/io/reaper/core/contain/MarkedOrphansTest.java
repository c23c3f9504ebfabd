package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedOrphansTest {
  private static final int WORKER = 42;
  private static final int ADOPTER = 7;
  private static final String MARK = "123456789012";

  @TempDir private Path root;

  private FakeProc proc;
  private MarkedOrphans mark;

  @BeforeEach
  void ofAWorkerThatIsDead() {
    proc = new FakeProc(root);
    mark = new MarkedOrphans(Long.parseLong(MARK), id(WORKER), proc.reader());
  }

  private List<ProcessId> orphans(ProcessInfo... processes) {
    proc.with(processes);
    return mark.orphans(all(processes), Set.of()).stream().map(ProcessInfo::id).toList();
  }

  @Test
  void orphanThatCarriesItIsKnownWhereverItHangs() {
    proc.locks(100, MARK).locks(101, MARK);
    assertThat(orphans(process(ADOPTER, 1), process(100, 1), process(101, ADOPTER)))
        .containsExactly(id(100), id(101));
  }

  @Test
  void strangersWithNoneOrAnotherAreNotKnown() {
    proc.locks(100, "unlimited").locks(101, "123456789013");
    assertThat(orphans(process(100, 1), process(101, 1), process(102, 1))).isEmpty();
  }

  @Test
  void noProcessOlderThanTheWorkerIsKnownWhateverItCarries() {
    proc.locks(41, MARK);
    assertThat(orphans(process(41, 1))).isEmpty();
  }

  @Test
  void orphanIsKnownWhoseParentWasGoneBeforeItWasLookedAt() {
    proc.locks(100, MARK);
    assertThat(orphans(process(100, 99))).containsExactly(id(100));
  }

  @Test
  void parentThatStartedInTheMomentOfTheWorkerMayHaveAdoptedIt() {
    ProcessInfo twin =
        new ProcessInfo(new ProcessId(43, id(WORKER).start()), 'S', 1, 1, 1, "docker-init");
    proc.locks(100, MARK);
    assertThat(orphans(twin, process(100, 43))).containsExactly(id(100));
  }

  @Test
  void strangerIsLookedAtOnce() {
    proc.locks(100, "unlimited");
    assertThat(orphans(process(100, 1))).isEmpty();
    proc.locks(100, MARK);
    assertThat(orphans(process(100, 1))).isEmpty();
  }

  @Test
  void orphanThatComesAfterTheLookIsKnownOnceAndNoStranger() {
    proc.locks(100, MARK).locks(101, MARK).locks(102, "unlimited");
    assertThat(orphans(process(ADOPTER, 1), process(100, ADOPTER))).containsExactly(id(100));
    proc.with(process(101, ADOPTER), process(102, ADOPTER)).childrenOf(ADOPTER, 100, 101, 102);
    assertThat(mark.youngestOrphans())
        .containsExactly(process(101, ADOPTER), process(100, ADOPTER));
    assertThat(mark.youngestOrphans()).isEmpty();
  }

  @Test
  void orphanThatCouldNotBeReadIsReadAtTheNextCall() {
    proc.locks(100, MARK).locks(101, MARK);
    orphans(process(ADOPTER, 1), process(100, ADOPTER));
    proc.childrenOf(ADOPTER, 100, 101);
    assertThat(mark.youngestOrphans()).containsExactly(process(100, ADOPTER));
    proc.with(process(101, ADOPTER));
    assertThat(mark.youngestOrphans()).containsExactly(process(101, ADOPTER));
  }

  @Test
  void processKnownByOtherMeansIsNotAskedForItAndTellsWhatAdopts() {
    proc.locks(100, MARK).locks(101, MARK);
    assertThat(mark.orphans(all(process(100, ADOPTER)), Set.of(id(100)))).isEmpty();
    proc.with(process(101, ADOPTER)).childrenOf(ADOPTER, 101);
    assertThat(mark.youngestOrphans()).containsExactly(process(101, ADOPTER));
  }

  @Test
  void noOrphanComesWhereNoneWasAdopted() {
    proc.locks(101, MARK).with(process(101, ADOPTER)).childrenOf(ADOPTER, 101);
    assertThat(mark.youngestOrphans()).isEmpty();
  }

  @Test
  void childOfAYoungerParentIsNoOrphan() {
    proc.locks(100, "unlimited").locks(101, MARK);
    assertThat(orphans(process(100, 1), process(101, 100))).isEmpty();
  }

  @Test
  void processWithTheNumberOfOneThatWasSeenIsNotTakenForThat() {
    proc.locks(100, MARK);
    ProcessInfo seen = new ProcessInfo(new ProcessId(100, 900), 'S', 1, 1, 1, "stranger");
    proc.with(process(100, 1));
    assertThat(mark.orphans(all(seen), Set.of())).isEmpty();
  }

  @Test
  void limitThatCouldNotBeReadIsReadAgain() {
    assertThat(orphans(process(100, 1))).isEmpty();
    proc.locks(100, MARK);
    assertThat(orphans(process(100, 1))).containsExactly(id(100));
  }

  @Test
  void valueIsKnownByThePidAndTheStartTimeOfItsProcess() {
    ProcessId self = new ProcessId(2, 8_600_000);
    assertThat(OwnMark.isOf(OwnMark.choose(self), self)).isTrue();
    assertThat(OwnMark.isOf(OwnMark.choose(self), new ProcessId(3, 8_600_000))).isFalse();
  }

  @Test
  void valueOfAProcessAboveIsNotOwnWhereBothHaveTheSamePid() {
    long inherited = OwnMark.choose(new ProcessId(2, 8_600_000));
    assertThat(OwnMark.isOf(inherited, new ProcessId(2, 8_601_600))).isFalse();
  }

  @Test
  void valueAndAnyPidMakeAPositiveSum() {
    long greatest = OwnMark.choose(new ProcessId(4_194_303, Long.MAX_VALUE));
    assertThat(greatest).isPositive();
    assertThat(greatest + 4_194_304).isPositive();
  }
}
