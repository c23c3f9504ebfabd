package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Mode;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Shells;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sentinel reads what others have written: names, variables, a parent that does not reap. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record CrashNamesIT(Jdk jdk) {

  /** A line of /proc/PID/stat has the name in the middle, as it is. */
  @ParameterizedTest
  @ValueSource(strings = {"a\nb) Z 1 (", "a b", ") Z 1 1 1", "((", "$(id)*\\n"})
  void childDiesWhateverItIsCalled(String name) throws IOException {
    Launch launch = Launch.on(jdk);
    Mode.CHILDREN.prepare(launch, jdk, "300ms", "warn");
    Path program = Files.copy(Path.of("/bin/sleep"), launch.dir().resolve(name));
    launch.environment("PROGRAM", program.toString());
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("program CHILD");
      expectToDie(worker, "CHILD");
    }
  }

  /** They would be the script's own, or change how a shell works. */
  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox"})
  void childDiesWhateverTheEnvironmentHoldsAndTheKeptOneLives(String shell) throws IOException {
    Launch launch = Shells.first(shell, Launch.on(jdk));
    Map<String, String> hostile =
        Map.ofEntries(
            Map.entry("worker", "1"),
            Map.entry("born", "1"),
            Map.entry("at_once", "yes"),
            Map.entry("deadline", "soon"),
            Map.entry("forks", ""),
            Map.entry("guess", "yes"),
            Map.entry("stuck", "yes"),
            Map.entry("told", " 1:1"),
            Map.entry("reaper_resumed", "3"),
            Map.entry("BASH_VERSION", "5"),
            Map.entry("BASH_FUNC_kill%%", "() { :; }"),
            Map.entry("SHELLOPTS", "errexit:nounset"));
    hostile.forEach(launch::environment);
    Mode.PROCESS_GROUP.prepare(launch, jdk, "300ms", "warn");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("keep-below KEPT");
      worker.say("spawn CHILD");
      until(worker, () -> !worker.reported("KEPT").isEmpty());
      expectToDie(worker, "CHILD");
      assertThat(worker.reported("KEPT")).allMatch(Proc::isAlive);
    }
  }

  /** The ledger does not name it, and its parent, which is named, has no such wish. */
  @ParameterizedTest
  @EnumSource(names = {"SUBREAPER", "PROCESS_GROUP", "SUBREAPER_AND_PROCESS_GROUP"})
  void descendantThatAScriptInBetweenKeepsLivesOn(Mode mode) {
    Launch launch = Launch.on(jdk);
    mode.prepare(launch, jdk, "300ms", "warn");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("keep-below KEPT");
      worker.say("spawn CHILD");
      until(worker, () -> !worker.reported("KEPT").isEmpty());
      expectToDie(worker, "CHILD");
      assertThat(worker.reported("KEPT")).allMatch(Proc::isAlive);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"WATCH_ONLY", "RUN"})
  void childDiesThoughTheWorkerIsNeverReaped(Mode mode) {
    assumeThat(!mode.isCgroup() || Cgroup2.isWritable()).as("may make a cgroup").isTrue();
    Launch launch = Launch.on(jdk);
    mode.prepare(launch, jdk, "300ms", "warn");
    // sleep waits for no child.
    launch.under("sh", "-c", "exec 3<&0; \"$0\" \"$@\" <&3 & exec sleep 1000");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> !worker.reported("CHILD").isEmpty());
      until(worker, () -> Traces.isWatched(worker));
      Orders.kill(worker);
      expectNoneLeft(worker, worker.reported("CHILD"));
      assertThat(worker.self().state()).isEqualTo('Z');
    }
  }

  private static void expectToDie(Worker worker, String name) {
    until(worker, () -> !worker.reported(name).isEmpty());
    until(worker, () -> Traces.isWatched(worker));
    Orders.kill(worker);
    assertThat(worker.waitFor(20)).isEqualTo(137);
    expectNoneLeft(worker, worker.reported(name));
  }

  private static void expectNoneLeft(Worker worker, List<Proc> doomed) {
    untilAsserted(
        () -> {
          assertThat(doomed).as(worker.stderr()).noneMatch(Proc::isAlive);
          assertThat(Traces.of(worker)).as(worker.stderr()).isEmpty();
        });
  }
}
