package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.Snapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DirectChildrenTest {
  private static final int WORKER = 42;

  private static Map<ProcessId, String> selected(Snapshot all, int worker, ProcessId... recorded) {
    Map<ProcessId, Reason> known = new LinkedHashMap<>();
    List.of(recorded).forEach(id -> known.put(id, Reason.of("started by a test")));
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    new DirectChildren()
        .select(
            all,
            new WorkerFacts(worker, 0, 0, WorkerFacts.UNKNOWN, Set.of(), 0, known, null),
            Set.of(),
            selected);
    return selected;
  }

  @Test
  void childDiesWhetherItWasRecordedOrForkedNatively() {
    Snapshot all = all(process(WORKER, 1), process(100, WORKER), process(101, WORKER));
    assertThat(selected(all, WORKER, id(100))).containsOnlyKeys(id(100), id(101));
  }

  @Test
  void grandchildSurvivesWhenOnlyChildrenAreKilled() {
    Snapshot all = all(process(WORKER, 1), process(100, WORKER), process(101, 100));
    assertThat(selected(all, WORKER)).containsOnlyKeys(id(100));
  }

  @Test
  void recordedChildOfADeadWorkerIsStillOne() {
    Snapshot all = all(process(100, 1), process(101, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100))).containsOnlyKeys(id(100));
  }

  @Test
  void numberOfARecordedChildInOtherHandsIsNoChild() {
    Snapshot all = all(process(100, 1));
    assertThat(selected(all, WorkerFacts.GONE, new ProcessId(100, 1))).isEmpty();
  }

  @Test
  void nothingButTheChildrenNeedsToBeSeen() {
    assertThat(new DirectChildren().looksBeyondChildren()).isFalse();
  }
}
