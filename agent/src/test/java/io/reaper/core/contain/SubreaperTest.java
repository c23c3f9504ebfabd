package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.reaper.core.observe.Reason;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubreaperTest {
  private static final int WORKER = 42;

  private static Set<ProcessId> selected(Snapshot all, int worker, ProcessId... recorded) {
    return selected(all, worker, Set.of(), recorded);
  }

  private static Set<ProcessId> selected(
      Snapshot all, int worker, Set<ProcessId> found, ProcessId... recorded) {
    Map<ProcessId, Reason> known = new LinkedHashMap<>();
    List.of(recorded).forEach(id -> known.put(id, Reason.of("started by a test")));
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    new Subreaper()
        .select(
            all,
            new WorkerFacts(worker, 0, 0, WorkerFacts.UNKNOWN, Set.of(), 0, known, null),
            found,
            selected);
    return selected.keySet();
  }

  @Test
  void descendantsOfEveryGenerationDie() {
    Snapshot all =
        all(process(103, 102), process(102, 101), process(101, WORKER), process(WORKER, 1));
    assertThat(selected(all, WORKER)).containsExactlyInAnyOrder(id(101), id(102), id(103));
  }

  @Test
  void orphansOfADeadWorkerAndTheirDescendantsAreKnownByTheirMark(@TempDir Path root) {
    FakeProc proc = new FakeProc(root).locks(100, "4711").locks(102, "unlimited");
    proc.with(process(100, 1, 99, 99));
    Subreaper ofTheDead = new Subreaper(new MarkedOrphans(4711, id(WORKER), proc.reader()));
    Snapshot all = all(process(100, 1, 99, 99), process(101, 100), process(102, 1));
    WorkerFacts kin =
        new WorkerFacts(WorkerFacts.GONE, 0, 0, WorkerFacts.UNKNOWN, Set.of(), 0, Map.of(), null);
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    ofTheDead.select(all, kin, Set.of(), selected);
    assertThat(selected)
        .containsOnly(entry(id(100), "descendant by its mark"), entry(id(101), "descendant"));
  }

  /**
   * Both carry the mark; the one that is an orphan waits for the other, which waits for its turn.
   */
  @Test
  void sentinelThatWaitsForItsTurnAndWhatItHangsBelowAreNotTheWorkers(@TempDir Path root) {
    FakeProc proc = new FakeProc(root);
    List.of(100, 101, 102, 103).forEach(pid -> proc.locks(pid, "4711"));
    ProcessInfo[] processes = {
      process(100, 1), process(101, 100), process(102, 101), process(103, 1)
    };
    proc.with(processes);
    Subreaper ofTheDead = new Subreaper(new MarkedOrphans(4711, id(WORKER), proc.reader()));
    WorkerFacts kin =
        new WorkerFacts(
            WorkerFacts.GONE, 0, 0, WorkerFacts.UNKNOWN, Set.of(), 4711, Map.of(), id(101));
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    ofTheDead.select(all(processes), kin, Set.of(), selected);
    assertThat(selected).containsOnlyKeys(id(103));
  }

  @Test
  void chainOfThousandIsFollowedToItsEnd() {
    ProcessInfo[] chain =
        IntStream.range(100, 1100)
            .mapToObj(pid -> process(pid, pid == 100 ? WORKER : pid - 1, pid, pid))
            .toArray(ProcessInfo[]::new);
    assertThat(selected(all(chain), WORKER)).hasSize(1000);
  }

  @Test
  void strangersInTheWorkersOwnGroupAndSessionLive() {
    Snapshot all =
        all(
            process(WORKER, 1, 40, 40),
            process(40, 1, 40, 40),
            process(41, 40, 40, 40),
            process(100, WORKER, 40, 40));
    assertThat(selected(all, WORKER, id(100))).containsExactly(id(100));
  }

  @Test
  void descendantsOfARecordedChildDieAfterTheWorker() {
    Snapshot all = all(process(100, 1), process(101, 100), process(200, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100)))
        .containsExactlyInAnyOrder(id(100), id(101));
  }

  @Test
  void memberOfAGroupThatARecordedChildLeadsDiesEvenIfItIsInitsNow() {
    Snapshot all = all(process(100, 1, 100, 1), process(101, 1, 100, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100)))
        .containsExactlyInAnyOrder(id(100), id(101));
  }

  @Test
  void memberOfASessionThatARecordedChildLeadsDiesWhateverItsGroup() {
    Snapshot all = all(process(100, 1, 100, 100), process(101, 1, 101, 100), process(102, 101));
    assertThat(selected(all, WorkerFacts.GONE, id(100)))
        .containsExactlyInAnyOrder(id(100), id(101), id(102));
  }

  @Test
  void groupOutlivesItsLeaderWhileOneOfOursIsAMember() {
    Snapshot all = all(process(101, 1, 100, 1), process(102, 1, 100, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100), id(101)))
        .containsExactlyInAnyOrder(id(101), id(102));
  }

  @Test
  void sessionOutlivesItsLeaderWhileOneOfOursIsAMember() {
    Snapshot all = all(process(101, 1, 1, 100), process(102, 1, 1, 100));
    assertThat(selected(all, WorkerFacts.GONE, Set.of(id(101)), id(100)))
        .containsExactlyInAnyOrder(id(101), id(102));
  }

  @Test
  void deadLeaderThatIsNotYetReapedStillHoldsItsNumber() {
    Snapshot all = all(in('Z', process(100, 1, 100, 1)), process(101, 1, 100, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100))).contains(id(101));
  }

  @Test
  void groupWhoseNumberWasFreedAndReusedIsAnothers() {
    ProcessInfo innocent = new ProcessInfo(new ProcessId(100, 9999), 'S', 1, 100, 100, "innocent");
    Snapshot all = all(innocent, process(300, 100, 100, 100), process(200, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100), id(200))).containsExactly(id(200));
  }

  @Test
  void groupThatOnlyHasStrangersInItIsAnothers() {
    Snapshot all = all(process(300, 1, 100, 100), process(200, 1));
    assertThat(selected(all, WorkerFacts.GONE, id(100), id(200))).containsExactly(id(200));
  }

  @Test
  void groupThatOneOfOursMerelyJoinedIsNotOurs() {
    Snapshot all = all(process(100, WORKER, 40, 40), process(50, 1, 40, 40));
    assertThat(selected(all, WORKER, id(100))).containsExactly(id(100));
  }

  @Test
  void oneThatAnEarlierLookFoundIsStillOursWithoutItsParent() {
    Snapshot all = all(process(101, 1), process(102, 101));
    assertThat(selected(all, WorkerFacts.GONE, Set.of(id(101))))
        .containsExactlyInAnyOrder(id(101), id(102));
  }

  @Test
  void deadWorkersNumberInOtherHandsIsNoParent() {
    Snapshot all = all(process(WORKER, 1), process(100, WORKER));
    assertThat(selected(all, WorkerFacts.GONE)).isEmpty();
  }

  @Test
  void descendantsMayBeAnywhere() {
    assertThat(new Subreaper().looksBeyondChildren()).isTrue();
  }
}
