package io.reaper.core.contain;

import static io.reaper.core.family.Processes.all;
import static io.reaper.core.family.Processes.id;
import static io.reaper.core.family.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.family.ProcessId;
import io.reaper.core.family.Snapshot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessGroupTest {
  private static final int GROUP = 42;

  private static Map<ProcessId, String> selected(Snapshot all, ProcessId... bystanders) {
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    Kin kin = new Kin(GROUP, GROUP, Set.of(bystanders), Map.of(), null);
    new ProcessGroup().select(all, kin, Set.of(), selected);
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
  void bystandersLive() {
    Snapshot all = all(process(90, 1, GROUP, 1), process(100, GROUP, GROUP, 1));
    assertThat(selected(all, id(90))).containsOnlyKeys(id(100));
  }

  @Test
  void numberOfABystanderInOtherHandsIsNoBystander() {
    Snapshot all = all(process(90, 1, GROUP, 1));
    assertThat(selected(all, new ProcessId(90, 1))).containsOnlyKeys(id(90));
  }

  @Test
  void membersMayBeAnywhere() {
    assertThat(new ProcessGroup().looksBeyondChildren()).isTrue();
  }
}
