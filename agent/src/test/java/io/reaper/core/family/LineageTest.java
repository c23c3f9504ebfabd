package io.reaper.core.family;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineageTest {
  private static final long MARK = 1L << 40;

  @TempDir private Path root;

  private final Family family = new Family(Log.toStderr(Log.Level.OFF));
  private FakeProc fake;
  private Lineage lineage;

  @BeforeEach
  void aSubreaper() {
    fake = new FakeProc(root).self(process(42, 1));
    lineage = new Lineage(family, fake.reader(), MARK);
    family.trace(lineage);
  }

  private ProcessId ancestor(int descendant) {
    Child child = lineage.ancestorOf(id(descendant));
    return child == null ? null : child.id();
  }

  @Test
  void whatIsSeenBelowAChildStaysItsWhereverItHangsLater() {
    family.add(new FakeProcess().asChild(100));
    fake.with(process(100, 42), process(101, 100), process(102, 101))
        .childrenOf(100, 101)
        .childrenOf(101, 102);
    new Descendants(fake.reader(), family).look(List.of(process(100, 42)));
    fake.with(process(102, 42));
    assertThat(ancestor(101)).isEqualTo(id(100));
    assertThat(ancestor(102)).isEqualTo(id(100));
    family.forget(List.of(id(102)));
    assertThat(ancestor(102)).isNull();
  }

  @Test
  void whatHangsBelowAnAdoptedOrphanIsItsAncestors() {
    Child gone = new FakeProcess().asChild(100);
    lineage.seen(id(101), gone);
    fake.with(process(101, 42), process(102, 101)).childrenOf(101, 102);
    new Descendants(fake.reader(), family).look(List.of(process(101, 42)));
    assertThat(ancestor(102)).isEqualTo(id(100));
  }

  @Test
  void orphanThatWasNotSeenIsKnownByTheLimitThatItsAncestorWasGiven() {
    FakeProcess process = new FakeProcess();
    family.add(process.asChild(100));
    fake.with(process(101, 42)).residentSet(101, Lineage.limitOf(MARK, 100));
    assertThat(ancestor(101)).isEqualTo(id(100));
  }

  @Test
  void childThatHasEndedIsRememberedForWhatItHasLeft() {
    family.remember(new FakeProcess().asChild(100));
    fake.with(process(101, 42)).residentSet(101, Lineage.limitOf(MARK, 100));
    assertThat(ancestor(101)).isEqualTo(id(100));
  }

  @Test
  void laterChildOfTheSameNumberIsNotTakenForTheAncestor() {
    // Start times are ten times the numbers: 100 came after 90.
    family.add(new FakeProcess().asChild(100));
    fake.with(process(90, 42)).residentSet(90, Lineage.limitOf(MARK, 100));
    assertThat(ancestor(90)).isNull();
  }

  @Test
  void limitOfAnothersChoiceSaysNothing() {
    family.add(new FakeProcess().asChild(100));
    for (long limit : new long[] {0, MARK, MARK - 1, MARK + 101, 5_000_000}) {
      fake.with(process(101, 42)).residentSet(101, limit);
      assertThat(ancestor(101)).isNull();
    }
  }

  @Test
  void endedChildrenAreForgottenInTheEnd() {
    for (int pid = 100; pid < 1000; pid++) {
      family.remember(new FakeProcess().asChild(pid));
    }
    fake.with(process(5000, 42)).residentSet(5000, Lineage.limitOf(MARK, 100));
    fake.with(process(5001, 42)).residentSet(5001, Lineage.limitOf(MARK, 999));
    assertThat(ancestor(5000)).isNull();
    assertThat(ancestor(5001)).isEqualTo(id(999));
  }
}
