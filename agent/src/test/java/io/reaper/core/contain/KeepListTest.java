package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.all;
import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.named;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeepListTest {
  private static final Set<String> NOBODY = Set.of();

  @TempDir private Path root;

  private FakeProc proc;

  @BeforeEach
  void anEmptyProc() {
    proc = new FakeProc(root);
  }

  private Set<ProcessId> dying(Set<String> names, Snapshot all) {
    return dying(names, all, all);
  }

  private Set<ProcessId> dying(Set<String> names, Snapshot all, Snapshot selection) {
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    for (ProcessInfo process : selection.processes()) {
      selected.put(process.id(), "child");
    }
    new KeepList(new HashSet<>(names), true, Set.of(), proc.reader())
        .spare(all, selected, Set.of());
    return selected.keySet();
  }

  @Test
  void processThatIsNeitherNamedNorMarkedIsNotKept() {
    proc.environment(100, "PATH=/bin");
    assertThat(dying(NOBODY, all(process(100, 42)))).containsExactly(id(100));
    assertThat(dying(Set.of("nginx"), all(process(100, 42)))).containsExactly(id(100));
  }

  @Test
  void oneOfThatNameIsKept() {
    Snapshot all = all(named("nginx", process(100, 42)), process(101, 42));
    assertThat(dying(Set.of("nginx"), all)).containsExactly(id(101));
  }

  @Test
  void oneWhoseExecutableHasThatNameIsKeptWhateverItCallsItself() {
    proc.executable(100, "/usr/lib/a-name-longer-than-15-characters");
    Snapshot all = all(named("worker-1", process(100, 42)));
    assertThat(dying(Set.of("a-name-longer-than-15-characters"), all)).isEmpty();
  }

  @Test
  void markedOneIsKept() {
    proc.environment(100, "A=1", "REAPER_KEEP=true").environment(101, "REAPER_KEEP=1");
    assertThat(dying(NOBODY, all(process(100, 42), process(101, 42)))).containsExactly(id(101));
  }

  @Test
  void oneThatAnOperatorHasNamedIsKeptWithItsDescendants() {
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    Snapshot all = all(process(102, 101), process(101, 42), process(100, 42));
    all.processes().forEach(process -> selected.put(process.id(), "child"));
    new KeepList(NOBODY, true, Set.of(id(101)), proc.reader()).spare(all, selected, Set.of());
    assertThat(selected).containsOnlyKeys(id(100));
  }

  @Test
  void markKeepsNoneWhereTheWorkerHasItItself() {
    proc.environment(100, "REAPER_KEEP=true");
    Map<ProcessId, String> selected = new LinkedHashMap<>(Map.of(id(100), "child"));
    new KeepList(NOBODY, false, Set.of(), proc.reader())
        .spare(all(process(100, 42)), selected, Set.of());
    assertThat(selected).containsOnlyKeys(id(100));
  }

  private Map<ProcessId, String> dyingBelow150(Set<ProcessId> kept, Set<Integer> above) {
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    proc.with(process(100, 150));
    Snapshot all = all(process(100, 150), process(101, 100), process(102, 42));
    all.processes().forEach(process -> selected.put(process.id(), "member"));
    new KeepList(NOBODY, true, kept, proc.reader()).spare(all, selected, above);
    return selected;
  }

  @Test
  void oneBelowAProcessThatIsHiddenIsKeptIfThatMayBeOneToKeep() {
    assertThat(dyingBelow150(Set.of(id(9)), Set.of(42))).containsOnlyKeys(id(102));
    assertThat(dyingBelow150(Set.of(), Set.of(42))).hasSize(3);
  }

  @Test
  void oneBelowAnAdopterThatIsHiddenIsNotKept() {
    assertThat(dyingBelow150(Set.of(id(9)), Set.of(42, 150))).hasSize(3);
  }

  @Test
  void oneThatIsTheChildOfAnotherByNowIsNotKept() {
    proc.with(process(100, 42));
    Map<ProcessId, String> selected = new LinkedHashMap<>(Map.of(id(100), "member"));
    new KeepList(NOBODY, true, Set.of(id(9)), proc.reader())
        .spare(all(process(100, 150)), selected, Set.of());
    assertThat(selected).containsOnlyKeys(id(100));
  }

  @Test
  void eachThatIsKeptIsToldWithTheReason() {
    proc.environment(101, "REAPER_KEEP=true");
    KeepList keep = new KeepList(Set.of("nginx"), true, Set.of(id(103)), proc.reader());
    Snapshot all =
        all(
            named("nginx", process(100, 42)),
            process(101, 42),
            process(102, 101),
            process(103, 42),
            process(104, 42));
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    all.processes().forEach(process -> selected.put(process.id(), "child"));
    keep.spare(all, selected, Set.of());
    assertThat(keep.spared())
        .extracting(target -> target.id().pid() + ": " + target.reason())
        .containsExactlyInAnyOrder(
            "100: keep=nginx",
            "101: REAPER_KEEP=true",
            "102: descendant of 101",
            "103: REAPER_KEEP=true at its start, or an operator's word");
  }

  @Test
  void descendantsOfOneThatIsKeptAreKept() {
    proc.environment(100, "REAPER_KEEP=true");
    Snapshot all = all(process(102, 101), process(101, 100), process(100, 42), process(103, 42));
    assertThat(dying(NOBODY, all)).containsExactly(id(103));
  }

  @Test
  void parentOfOneThatIsKeptIsNot() {
    proc.environment(101, "REAPER_KEEP=true");
    assertThat(dying(NOBODY, all(process(100, 42), process(101, 100)))).containsExactly(id(100));
  }

  @Test
  void descendantsOfANamesakeThatIsNotOursAreNotKept() {
    Snapshot all = all(named("bash", process(50, 1)), process(42, 50), process(100, 42));
    assertThat(dying(Set.of("bash"), all, all(process(100, 42)))).containsExactly(id(100));
  }

  @Test
  void processOfWhichItCannotBeToldIsSparedInThatLookWithItsDescendants() {
    Snapshot all = all(process(100, 42), process(101, 100), process(102, 42));
    for (String file : List.of("environ", "cmdline")) {
      // The last descriptor was free for stat.
      proc.refuse("self/stat", "100/" + file);
      assertThat(dying(Set.of("nginx"), all)).as(file).containsExactly(id(102));
      proc.write("100/" + file, "");
      assertThat(dying(Set.of("nginx"), all)).as(file).hasSize(3);
    }
  }

  @Test
  void processWhoseEnvironmentAloneCannotBeReadIsNotKept() {
    // As of one that is ending, or that is root's and more.
    proc.self(process(42, 1)).refuse("100/environ");
    assertThat(dying(NOBODY, all(process(100, 42)))).containsExactly(id(100));
  }

  @Test
  void processOfWhichItCouldNotBeToldOnceIsNotToldOfAsKept() {
    KeepList keep = new KeepList(NOBODY, true, Set.of(), proc.reader());
    proc.refuse("self/stat", "100/environ");
    Map<ProcessId, String> selected = new LinkedHashMap<>(Map.of(id(100), "child"));
    keep.spare(all(process(100, 42)), selected, Set.of());
    assertThat(selected).isEmpty();
    assertThat(keep.spared()).isEmpty();
    assertThat(keep.isKept(process(100, 42))).isTrue();
  }
}
