package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.Snapshot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

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
  void membersMayBeAnywhere() {
    assertThat(ProcessGroup.of(GROUP, false).looksBeyondChildren()).isTrue();
  }
}
