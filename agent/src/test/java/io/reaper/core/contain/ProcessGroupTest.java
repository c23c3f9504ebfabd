package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessGroupTest {
  private static final int GROUP = 42;

  private static Map<ProcessId, String> selected(Snapshot all) {
    return selected(all, WorkerFacts.UNKNOWN);
  }

  private static Map<ProcessId, String> selected(Snapshot all, int session) {
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    long since = id(GROUP).start();
    WorkerFacts kin = new WorkerFacts(GROUP, since, GROUP, session, Set.of(), 0, Map.of(), null);
    ProcessGroup.of(GROUP, false).select(all, kin, Set.of(), selected);
    return selected;
  }

  @Test
  void everyMemberDiesWhoeverItsParentIs() {
    Snapshot all = all(process(100, GROUP, GROUP, 1), process(101, 1, GROUP, 1));
    assertThat(selected(all))
        .containsOnlyKeys(id(100), id(101))
        .containsValue("member of process group 42");
  }

  @Test
  void oneThatLeftTheGroupSurvives() {
    Snapshot all = all(process(100, GROUP, 100, 100), process(101, GROUP, 1, GROUP));
    assertThat(selected(all)).isEmpty();
  }

  @Test
  void memberOfAnotherSessionSurvivesInWhoseHandsTheGroupsNumberIs() {
    Snapshot all = all(process(100, GROUP, GROUP, 1), process(101, 1, GROUP, 7));
    assertThat(selected(all, 1)).containsOnlyKeys(id(100));
    assertThat(selected(all)).containsOnlyKeys(id(100), id(101));
  }

  @Test
  void memberThatIsOlderThanTheWorkerSurvives() {
    assertThat(selected(all(process(41, 1, GROUP, 1), process(43, 1, GROUP, 1))))
        .containsOnlyKeys(id(43));
  }

  @Test
  void memberThatComesAfterTheLookDiesByItsMarkAndNoOther(@TempDir Path root) {
    FakeProc proc = new FakeProc(root);
    for (int marked : new int[] {100, 101, 103, 104}) {
      proc.locks(marked, "123456789012");
    }
    proc.locks(102, "unlimited");
    MarkedOrphans orphans = new MarkedOrphans(123456789012L, id(GROUP), proc.reader());
    ProcessGroup group = ProcessGroup.ofTheDead(false, orphans);
    WorkerFacts kin =
        new WorkerFacts(GROUP, id(GROUP).start(), GROUP, 1, Set.of(), 0, Map.of(), null);
    ProcessInfo before = process(100, 1, GROUP, 1);
    proc.with(before);
    group.select(all(before), kin, Set.of(), new LinkedHashMap<>());
    ProcessInfo late = process(101, 1, GROUP, 1);
    proc.with(late, process(102, 1, GROUP, 1), process(103, 1, 103, 1), process(104, 1, GROUP, 7));
    proc.childrenOf(1, 101, 102, 103, 104);
    assertThat(group.newOrphans(proc.reader(), kin, 7)).containsExactly(late);
    assertThat(group.newOrphans(proc.reader(), kin, 7)).isEmpty();
  }

  @Test
  void membersMayBeAnywhere() {
    assertThat(ProcessGroup.of(GROUP, false).looksBeyondChildren()).isTrue();
  }
}
