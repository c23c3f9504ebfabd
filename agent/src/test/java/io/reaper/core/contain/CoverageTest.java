package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.named;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoverageTest {
  private static final int WORKER = 42;

  @TempDir private Path root;
  @TempDir private Path cgroup;

  private FakeProc fake;
  private WorkerFacts kin;

  @BeforeEach
  void aWorker() {
    fake = new FakeProc(root).self(process(WORKER, 1, WORKER, 1)).with(process(1, 0));
    kin = new WorkerFacts(WORKER, 0, WORKER, WorkerFacts.UNKNOWN, Set.of(), 0, Map.of(), null);
  }

  private Coverage coverage(Mode... modes) {
    return coverage(Set.of(), modes);
  }

  private Coverage coverage(Set<String> names, Mode... modes) {
    ProcFs proc = fake.reader();
    Log log = Log.toStderr(Log.Level.OFF);
    KeepList keep = new KeepList(new HashSet<>(names), true, Set.of(), proc);
    return new Coverage(proc, List.of(modes), keep, () -> kin, WORKER, log);
  }

  private static List<ProcessId> ids(List<Target> targets) {
    return targets.stream().map(Target::id).toList();
  }

  /** A child of vfork(2) has the worker's memory, the words of its command line among it. */
  @ParameterizedTest
  @CsvSource({
    "java -cp a, 900 80, true",
    "java -cp a, 901 80, false",
    "java -cp a,, true",
    ", 901 80, true",
    "sleep 9, 900 80, false"
  })
  void unrecordedChildThatMayHaveTheWorkersMemoryIsOnlyToBeKilled(
      String words, String memory, boolean only) {
    fake.with(process(100, WORKER)).children(WORKER, 100);
    fake.write(WORKER + "/cmdline", "java -cp a").write(WORKER + "/statm", "900 80");
    if (words != null) {
      fake.write("100/cmdline", words);
    }
    if (memory != null) {
      fake.write("100/statm", memory);
    }
    assertThat(coverage(new DirectChildren()).find(List.of()))
        .extracting(Target::isOnlyToBeKilled)
        .containsExactly(only);
    kin =
        new WorkerFacts(
            WORKER,
            0,
            WORKER,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(100), Reason.of("child")),
            null);
    assertThat(coverage(new DirectChildren()).find(List.of())).noneMatch(Target::isOnlyToBeKilled);
  }

  @Test
  void noModeCoversNoProcess() {
    fake.with(process(100, WORKER, WORKER, 1)).children(WORKER, 100);
    assertThat(coverage().find(List.of())).isEmpty();
  }

  @Test
  void descendantOfAGroupMemberThatWasNotRecordedIsFoundWithIt() {
    kin =
        new WorkerFacts(
            WorkerFacts.GONE, 0, WORKER, WorkerFacts.UNKNOWN, Set.of(), 0, Map.of(), null);
    fake.with(process(101, 1, WORKER, 1), process(102, 101, 102, 102), process(200, 1));
    assertThat(ids(coverage(ProcessGroup.of(WORKER, false), new Subreaper()).find(List.of())))
        .containsExactlyInAnyOrder(id(101), id(102));
  }

  private List<ProcessId> foundInAJob(int group, int worker, Map<ProcessId, Reason> recorded) {
    kin = new WorkerFacts(worker, 420, group, 1, Set.of(), MARK, recorded, null);
    Mode job = ProcessGroup.of(group, true);
    return ids(coverage(new DirectChildren(), job, new Subreaper()).find(List.of()));
  }

  @ParameterizedTest
  @ValueSource(ints = {40, WORKER})
  void inAJobOnlyWhatIsKnownToBeTheWorkersIsFound(int group) {
    String mark = Long.toString(MARK);
    fake.self(process(WORKER, 40, group, 1)).with(process(40, 1, 40, 1));
    // The rest of a pipeline, what that has started, and its orphan.
    fake.with(process(100, 40, group, 1), process(101, 100, group, 1), process(102, 101, 102, 1));
    fake.with(process(103, 1, group, 1)).locks(103, "unlimited");
    // The worker's: a child, what is below it, an orphan, and one of an unknown thread's.
    fake.with(process(110, WORKER, group, 1), process(111, 110, group, 1));
    fake.with(process(112, 1, group, 1)).locks(112, mark);
    fake.with(process(113, WORKER, group, 1)).locks(113, "unlimited");
    fake.childrenOf(WORKER, 113).children(7, 110);
    Map<ProcessId, Reason> recorded = Map.of(id(110), Reason.of("recorded child"));
    assertThat(foundInAJob(group, WORKER, recorded))
        .containsExactlyInAnyOrder(id(110), id(111), id(112), id(113));
    assertThat(foundInAJob(group, WorkerFacts.GONE, recorded))
        .containsExactlyInAnyOrder(id(110), id(111), id(112));
  }

  @Test
  void orphanBelowAJobThatAnotherModeFindsNeedsNoMark() {
    fake.self(process(WORKER, 40, 40, 1)).with(process(110, WORKER), process(111, 110, 111, 111));
    assertThat(foundInAJob(40, WORKER, Map.of())).containsExactlyInAnyOrder(id(110), id(111));
  }

  private static final long MARK = 4711;

  private void beside(ProcessId bystander, Map<ProcessId, Reason> recorded) {
    kin =
        new WorkerFacts(
            WORKER, 0, WORKER, WorkerFacts.UNKNOWN, Set.of(bystander), MARK, recorded, null);
  }

  private List<ProcessId> foundInEveryMode() {
    return ids(
        coverage(new DirectChildren(), ProcessGroup.of(WORKER, false), new Subreaper())
            .find(List.of()));
  }

  @Test
  void bystanderInTheWorkersGroupAndSessionIsNoDescendant() {
    fake.with(
            process(WORKER, 1, WORKER, WORKER),
            process(100, 1, WORKER, WORKER),
            process(101, WORKER, WORKER, WORKER))
        .children(WORKER, 101);
    beside(id(100), Map.of(id(101), Reason.of("recorded child")));
    assertThat(foundInEveryMode()).containsExactly(id(101));
  }

  @Test
  void whatABystanderHasStartedIsLeftAloneWhereverItHangs() {
    fake.with(
        process(100, WORKER, WORKER, 1),
        process(101, 100, WORKER, 1),
        process(102, 101, 102, 102),
        process(103, WORKER, WORKER, 1),
        process(104, 1, WORKER, 1),
        process(105, 103));
    fake.childrenOf(WORKER, 100, 103).locks(103, "unlimited").locks(104, "unlimited");
    beside(id(100), Map.of());
    assertThat(foundInEveryMode()).isEmpty();
    assertThat(coverage(new Subreaper()).newOrphans()).isEmpty();
  }

  @Test
  void orphanThatCarriesTheMarkIsFoundBesideABystander() {
    String mark = Long.toString(MARK);
    fake.with(process(100, WORKER), process(103, WORKER, WORKER, 1), process(104, 1, WORKER, 1));
    fake.childrenOf(WORKER, 100, 103).locks(103, mark).locks(104, mark);
    beside(id(100), Map.of());
    assertThat(foundInEveryMode()).containsExactlyInAnyOrder(id(103), id(104));
    assertThat(ids(coverage(new Subreaper()).newOrphans())).containsExactly(id(103));
  }

  @Test
  void ownChildAndWhatIsRecordedAreFoundBesideABystanderWithoutAMark() {
    fake.with(
        process(100, WORKER),
        process(101, WORKER),
        process(102, 101),
        process(103, 100),
        process(104, 103));
    fake.childrenOf(WORKER, 100).forkedBy(WORKER, 101);
    beside(id(100), Map.of(id(103), Reason.of("started by a test")));
    assertThat(foundInEveryMode()).containsExactlyInAnyOrder(id(101), id(102), id(103), id(104));
  }

  @Test
  void bystanderAboveTheWorkerSparesNoneOfTheWorkers() {
    fake.with(process(40, 1), process(WORKER, 40, WORKER, 1), process(101, WORKER));
    beside(id(40), Map.of());
    fake.childrenOf(WORKER).forkedBy(WORKER, 101);
    assertThat(foundInEveryMode()).containsExactly(id(101));
  }

  @Test
  void numberOfABystanderInOtherHandsIsNoBystander() {
    fake.with(process(100, WORKER)).childrenOf(WORKER).forkedBy(WORKER, 100);
    beside(new ProcessId(100, 1), Map.of());
    assertThat(foundInEveryMode()).containsExactly(id(100));
  }

  @Test
  void whatAnEarlierLookHasFoundHasNoNeedOfAParent() {
    fake.with(process(101, 1, WORKER, 1)).locks(101, "unlimited");
    beside(id(100), Map.of());
    assertThat(ids(coverage(ProcessGroup.of(WORKER, false)).find(List.of(id(101)))))
        .containsExactly(id(101));
  }

  @Test
  void orphanInTheCgroupIsTheWorkersAndADescendantOfABystanderIsMovedOut() throws IOException {
    Path leaf = Files.createDirectory(cgroup.resolve("reaper-42"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("101", "102"));
    fake.with(process(100, WORKER), process(101, 100), process(102, 1));
    beside(id(100), Map.of());
    Coverage coverage = coverage(new Cgroup(leaf.toFile()));
    assertThat(ids(coverage.find(List.of()))).containsExactly(id(102));
    coverage.killInOneStroke();
    assertThat(cgroup.resolve("cgroup.procs")).as("the last to be moved").hasContent("101");
  }

  @Test
  void orphansOfOthersThatComeToTheFirstProcessAreLeftAlone() {
    fake.with(process(1, 0), process(101, 1), process(102, 1), process(103, 101));
    fake.childrenOf(1, 101, 102).locks(102, Long.toString(MARK)).locks(101, "unlimited");
    kin = new WorkerFacts(1, 0, 0, WorkerFacts.UNKNOWN, Set.of(), MARK, Map.of(), null);
    assertThat(foundInEveryMode()).containsExactly(id(102));
  }

  @Test
  void modesAddUp() {
    fake.with(
            process(100, WORKER, 100, 100),
            process(101, 1, WORKER, 1),
            process(102, 100),
            process(200, 1))
        .children(WORKER, 100);
    assertThat(ids(coverage(new DirectChildren(), ProcessGroup.of(WORKER, false)).find(List.of())))
        .containsExactlyInAnyOrder(id(100), id(101));
    assertThat(
            ids(
                coverage(new DirectChildren(), ProcessGroup.of(WORKER, false), new Subreaper())
                    .find(List.of())))
        .containsExactlyInAnyOrder(id(100), id(101), id(102));
  }

  @Test
  void callerIsNeverATarget() {
    assertThat(coverage(ProcessGroup.of(WORKER, false)).find(List.of())).isEmpty();
    kin =
        new WorkerFacts(
            WorkerFacts.GONE,
            0,
            WORKER,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(WORKER), Reason.of("recorded child")),
            null);
    assertThat(coverage(ProcessGroup.of(WORKER, false), new DirectChildren()).find(List.of()))
        .isEmpty();
  }

  @Test
  void sentinelIsNeverATargetNorAnArrival() {
    fake.with(process(100, WORKER, WORKER, WORKER)).children(WORKER, 100);
    fake.childrenOf(WORKER, 100);
    kin = new WorkerFacts(WORKER, 0, WORKER, WorkerFacts.UNKNOWN, Set.of(), 0, Map.of(), id(100));
    Coverage coverage =
        coverage(new DirectChildren(), ProcessGroup.of(WORKER, false), new Subreaper());
    assertThat(coverage.find(List.of())).isEmpty();
    assertThat(coverage.newOrphans()).isEmpty();
  }

  @Test
  void initIsNeverATarget() {
    fake.with(process(1, 0, WORKER, 1));
    kin =
        new WorkerFacts(
            WORKER,
            0,
            WORKER,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(1), Reason.of("recorded child")),
            null);
    assertThat(coverage(ProcessGroup.of(WORKER, false), new Subreaper()).find(List.of(id(1))))
        .isEmpty();
  }

  @Test
  void zombieIsNoTargetAndItsChildrenAre() {
    fake.with(in('Z', process(100, WORKER)), process(101, 100)).children(WORKER, 100);
    assertThat(ids(coverage(new Subreaper()).find(List.of()))).containsExactly(id(101));
  }

  @Test
  void reasonSaysWhatStartedItOrElseWhatItIs() {
    fake.with(process(100, WORKER), process(101, WORKER)).children(WORKER, 100, 101);
    kin =
        new WorkerFacts(
            WORKER,
            0,
            0,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(100), Reason.of("started by app.Job.run")),
            null);
    assertThat(coverage(new DirectChildren()).find(List.of()))
        .extracting(Target::id, target -> target.reason().toString())
        .containsExactlyInAnyOrder(
            tuple(id(100), "started by app.Job.run"), tuple(id(101), "child"));
  }

  private void knowing(LedgerEntry.Kind kind, String startedBy) {
    Map<ProcessId, LedgerEntry> recorded = Map.of(id(100), new LedgerEntry(kind, startedBy));
    kin = new WorkerFacts(WORKER, 0, WORKER, WorkerFacts.UNKNOWN, Set.of(), 0, recorded, null);
  }

  @Test
  void descendantBelongsToTheLineOfJavaThatStartedItsAncestor() {
    fake.with(named("sh", process(100, WORKER)), process(101, 100), process(102, 101));
    for (Map.Entry<LedgerEntry.Kind, String> each :
        Map.of(
                LedgerEntry.Kind.CHILD, "descendant of sh[100], started by app.Job.run",
                LedgerEntry.Kind.ADOPTED, "descendant of a child started by app.Job.run")
            .entrySet()) {
      knowing(each.getKey(), "app.Job.run");
      assertThat(coverage(new Subreaper()).find(List.of()))
          .filteredOn(target -> target.id().equals(id(102)))
          .extracting(target -> target.reason().toString())
          .containsExactly(each.getValue());
    }
    knowing(LedgerEntry.Kind.CHILD, "");
    assertThat(coverage(new Subreaper()).find(List.of()))
        .extracting(target -> target.reason().toString())
        .containsExactlyInAnyOrder(
            "recorded child", "descendant of sh[100]", "descendant of sh[100]");
  }

  @Test
  void memberOfTheGroupBelongsToTheLineOfJavaToo() {
    fake.with(process(100, WORKER, WORKER, 1), process(101, 100, WORKER, 1));
    knowing(LedgerEntry.Kind.CHILD, "app.Job.run");
    assertThat(coverage(ProcessGroup.of(WORKER, false)).find(List.of()))
        .extracting(target -> target.reason().toString())
        .contains("member of process group 42, below sleep[100], started by app.Job.run");
  }

  @Test
  void whatIsKnownIsAskedAnewAtEachLook() {
    fake.with(process(100, 1));
    Coverage coverage = coverage(new DirectChildren());
    assertThat(coverage.find(List.of())).isEmpty();
    kin =
        new WorkerFacts(
            WORKER,
            0,
            0,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(100), Reason.of("started by a hook")),
            null);
    assertThat(ids(coverage.find(List.of()))).containsExactly(id(100));
  }

  @Test
  void recordedOneWhoseNumberIsAnothersByNowIsNoTarget() {
    fake.with(new ProcessInfo(new ProcessId(100, 9999), 'S', 1, 1, 1, "innocent"));
    kin =
        new WorkerFacts(
            WORKER,
            0,
            0,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(100), Reason.of("started by a test")),
            null);
    assertThat(coverage(new DirectChildren()).find(List.of())).isEmpty();
    assertThat(coverage(new DirectChildren(), new Subreaper()).find(List.of())).isEmpty();
  }

  @Test
  void keptOnesAreNoTargets() {
    fake.with(named("nginx", process(100, WORKER)), process(101, 100), process(102, WORKER))
        .children(WORKER, 100, 102);
    assertThat(ids(coverage(Set.of("nginx"), new Subreaper()).find(List.of())))
        .containsExactly(id(102));
  }

  @Test
  void oneStrokeMovesTheCallerAndTheKeptOnesOutFirst() throws IOException {
    Path leaf = Files.createDirectory(cgroup.resolve("reaper-42"));
    Path below = Files.createDirectory(leaf.resolve("below"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("42", "100"));
    Files.write(below.resolve("cgroup.procs"), List.of("101"));
    fake.with(process(100, 1), named("nginx", process(101, 1)), process(102, 1));
    Coverage coverage = coverage(Set.of("nginx"), new Cgroup(leaf.toFile()));
    assertThat(ids(coverage.find(List.of()))).containsExactly(id(100));
    coverage.killInOneStroke();
    assertThat(cgroup.resolve("cgroup.procs")).as("the last to be moved").hasContent("101");
    assertThat(leaf.resolve("cgroup.kill")).hasContent("1");
  }

  @Test
  void nothingIsKilledAtOnceIfWhatIsKeptCannotBeTold() throws IOException {
    Path leaf = Files.createDirectory(cgroup.resolve("reaper-42"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("100"));
    Files.createDirectories(leaf.resolve("below").resolve("cgroup.procs"));
    fake.with(process(100, WORKER));
    Coverage coverage = coverage(new DirectChildren(), new Cgroup(leaf.toFile()));
    assertThat(coverage.killInOneStroke()).isFalse();
    assertThat(leaf.resolve("cgroup.kill")).doesNotExist();
    assertThat(ids(coverage.find(List.of()))).as("by the other mode").containsExactly(id(100));
    assertThat(coverage.sawAll()).isFalse();
  }

  @Test
  void nothingIsKilledAtOnceIfALookAtAMemberHasFailed() throws IOException {
    Path leaf = Files.createDirectory(cgroup.resolve("reaper-42"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("100", "101"));
    fake.with(process(100, 1)).refuse("self/stat", "101/stat");
    assertThat(coverage(new Cgroup(leaf.toFile())).killInOneStroke()).isFalse();
    assertThat(leaf.resolve("cgroup.kill")).doesNotExist();
  }

  @Test
  void lookThatHasFailedProvesNothingThoughADescriptorIsFreeByNow() throws IOException {
    Coverage coverage = coverage(new DirectChildren(), new Subreaper());
    fake.with(process(100, WORKER)).environment(100, "REAPER_KEEP=true");
    fake.refuse("self/stat", "100/environ");
    assertThat(coverage.find(List.of())).isEmpty();
    fake.self(process(WORKER, 1)).environment(100, "A=1");
    assertThat(coverage.sawAll()).isFalse();
    assertThat(ids(coverage.find(List.of()))).containsExactly(id(100));
    assertThat(coverage.sawAll()).isTrue();
    fake.childrenOf(WORKER, 100).refuse("self/stat", "100/stat");
    assertThat(coverage.newOrphans()).isEmpty();
    assertThat(coverage.sawAll()).isFalse();
  }

  @Test
  void nothingDiesIfItCannotBeToldWhatIsAboveTheCaller() {
    fake.self(process(WORKER, 41, WORKER, 1)).with(process(41, 40), process(100, WORKER));
    fake.refuse("self/stat", "41/stat");
    Coverage coverage = coverage(new DirectChildren());
    assertThat(coverage.find(List.of())).isEmpty();
    assertThat(coverage.sawAll()).isFalse();
    fake.self(process(WORKER, 41, WORKER, 1)).with(process(41, 40), process(40, 1));
    kin =
        new WorkerFacts(
            WORKER,
            0,
            0,
            WorkerFacts.UNKNOWN,
            Set.of(),
            0,
            Map.of(id(40), Reason.of("recorded child"), id(100), Reason.of("recorded child")),
            null);
    assertThat(ids(coverage.find(List.of()))).containsExactly(id(100));
  }

  @Test
  void callerInTheCgroupStepsOutBeforeTheStroke() throws IOException {
    Path leaf = Files.createDirectory(cgroup.resolve("reaper-42"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("42", "100"));
    coverage(new Cgroup(leaf.toFile())).killInOneStroke();
    assertThat(cgroup.resolve("cgroup.procs")).hasContent("42");
    assertThat(leaf.resolve("cgroup.kill")).hasContent("1");
  }

  @Test
  void warmingUpFindsNoProcessAndHarmsNone() {
    fake.with(process(100, WORKER)).children(WORKER, 100);
    coverage(new DirectChildren(), ProcessGroup.of(WORKER, false), new Subreaper()).warmUp();
  }
}
