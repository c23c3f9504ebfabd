package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel kills in one stroke after a crash: a group, or a cgroup. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record StrokeIT(Jdk jdk) {

  private static final String OBEDIENT = "OBEDIENT";

  /** Where a child notes that it was told to end. */
  private static final String TOLD = "told";

  /** More than a sentinel reads before the stroke, fewer than it leaves to a sweeper. */
  private static final int MANY = 20;

  private Worker start(String modes, int count, String kind) {
    assumeThat(!modes.contains("cgroup") || Cgroup2.isWritable()).as("may make cgroups").isTrue();
    Launch launch = Launch.on(jdk);
    Worker worker =
        launch
            .agent(modes + ",dir=" + Traces.ledgers(launch.dir()))
            .start(Children.class, Collections.nCopies(count, kind).toArray(String[]::new));
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    until(worker, () -> Traces.isWatched(worker));
    return worker;
  }

  private static void kill(Worker worker) {
    worker.self().kill();
    assertThat(worker.waitFor(20)).isEqualTo(137);
  }

  private static void crash(Worker worker) {
    kill(worker);
    until(() -> Traces.sentinels(worker).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "cgroup=true"})
  void allAreKilledBeforeAllOfTheLedgerIsReadAndTenAreNamed(String mode) throws IOException {
    try (Worker worker = start(mode + ",grace=0", MANY, "obedient")) {
      until(worker, () -> worker.reported(OBEDIENT).size() == MANY);
      List<Proc> doomed = worker.reported(OBEDIENT);
      Path ledger = Traces.ledgerFiles(worker).get(0);
      // The worker writes a line once more when it says where the child was started.
      Pattern said = Pattern.compile("\nchild .*" + Children.class.getSimpleName());
      until(worker, () -> said.matcher(Files.readString(ledger)).results().count() == MANY);
      String text = Files.readString(ledger);
      int last = text.lastIndexOf("\nchild ") + 1;
      Files.writeString(ledger, text.substring(0, last) + "?" + text.substring(last + 1));
      crash(worker);
      until(() -> doomed.stream().noneMatch(Proc::isAlive));
      assertThat(worker.stderr())
          .contains("killed 10 processes: ", " and the rest of ")
          .contains("is not as the agent writes it, and no other process is killed by it");
    }
  }

  /** A second one says to many programs that they are to leave all as it is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "children=true",
        "subreaper=true",
        "process-group=true",
        "cgroup=true",
        "cgroup=true,process-group=true,subreaper=true",
        "cgroup=true,children=false"
      })
  void childThatIsToEndIsToldSoOnce(String modes) throws IOException {
    try (Worker worker = startDeaf(modes)) {
      crash(worker);
      expectDeadAndToldOnce(worker);
    }
  }

  /** As by a supervisor whose patience is over. */
  @ParameterizedTest
  @ValueSource(
      strings = {"children=true", "process-group=true", "subreaper=true", "keep=no-such-program"})
  void childThatAnOrderlyEndHasToldToEndIsNotToldAgainWhenTheWorkerIsKilledInIt(String modes)
      throws IOException {
    try (Worker worker = startDeaf(modes)) {
      worker.sayNothing();
      until(worker, () -> Files.exists(worker.dir().resolve(TOLD)));
      crash(worker);
      expectDeadAndToldOnce(worker);
    }
  }

  /** As by a supervisor that kills what it adopts, in the middle of the sentinel's work. */
  @ParameterizedTest
  @ValueSource(
      strings = {"children=true", "process-group=true", "subreaper=true", "keep=no-such-program"})
  void childThatWasToldToEndIsNotToldAgainByWhoeverGoesOnForTheOneThatTold(String modes)
      throws IOException {
    try (Worker worker = startDeaf(modes)) {
      kill(worker);
      until(() -> Files.exists(worker.dir().resolve(TOLD)));
      workingFor(worker).kill();
      until(() -> Traces.sentinels(worker).isEmpty());
      expectDeadAndToldOnce(worker);
    }
  }

  /** Which whoever told the others did not know. */
  @Test
  void orphanOfTheGraceIsToldToEndThoughTheSentinelsChildIsKilledInIt() throws IOException {
    String script =
        DeadWorkers.ORPHAN
            + """
        trap '(setsid sh -c "$ORPHAN" "$0" &)' TERM
        echo "CHILD $$" >>"$0/report"
        while :; do :; done
        """;
    try (Worker worker = startShells("subreaper=true", script)) {
      kill(worker);
      until(() -> worker.reported("ORPHAN").size() == 1);
      // Until then it is found below the child.
      until(() -> worker.reported("ORPHAN").get(0).ppid() == sentinel(worker).ppid());
      workingFor(worker).kill();
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
      assertThat(worker.reported("ORPHAN")).noneMatch(Proc::isAlive);
      assertThat(worker.dir().resolve(TOLD)).hasContent("told");
    }
  }

  @Test
  void childThatTheSentinelHasToldToEndIsNotToldAgainByALaterSweep() throws IOException {
    try (Worker worker = startDeaf("children=true")) {
      kill(worker);
      until(() -> Files.exists(worker.dir().resolve(TOLD)));
      Proc.signal("KILL", Traces.sentinels(worker));
      Path ledgers = Traces.ledgers(worker.dir());
      Answer.of(Launch.on(jdk).tool("sweep", "--dir", ledgers.toString())).mustSucceed();
      expectDeadAndToldOnce(worker);
    }
  }

  /** Then the last signal is no stroke, and only a look at every process finds the others. */
  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "cgroup=true"})
  void processThatIsToldToEndIsNotToldAgainAsAnotherAsksToBeKept(String mode) throws IOException {
    String keeper =
        """
        trap 'REAPER_KEEP=true exec sh "$0/leaf" KEPT' TERM
        echo "KEEPER $$" >>"$0/report"
        while :; do :; done
        """;
    String unknown =
        """
        (
          trap 'echo told >>"$0/told"' TERM
          read -r pid rest </proc/self/stat
          echo "CHILD $pid" >>"$0/report"
          while :; do :; done
        ) &
        """;
    try (Worker worker = startShells(mode + ",children=false", keeper, unknown)) {
      until(worker, () -> worker.reported("KEEPER").size() == 1);
      crash(worker);
      assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
      assertThat(worker.reported("KEPT")).hasSize(1).allMatch(Proc::isAlive);
      assertThat(worker.dir().resolve(TOLD)).hasContent("told");
    }
  }

  private static void expectDeadAndToldOnce(Worker worker) {
    assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
    assertThat(worker.dir().resolve(TOLD)).hasContent("told");
  }

  private static Proc sentinel(Worker worker) {
    List<Proc> all = Traces.sentinels(worker);
    List<Long> pids = all.stream().map(Proc::pid).toList();
    return all.stream().filter(proc -> !pids.contains(proc.ppid())).findAny().orElseThrow();
  }

  /**
   * The sweeper, if there is one, or the sentinel's child, which may be about to start a program.
   */
  private static Proc workingFor(Worker worker) {
    AtomicReference<Proc> found = new AtomicReference<>();
    // Not each look at every process shows each.
    until(
        () -> {
          Proc sentinel = sentinel(worker);
          List<Proc> all = Traces.sentinels(worker);
          all.stream()
              .filter(proc -> !proc.commandLine().contains("reaper-sentinel "))
              .findAny()
              .or(() -> all.stream().filter(proc -> proc.ppid() == sentinel.pid()).findAny())
              .ifPresent(found::set);
          return found.get() != null;
        });
    return found.get();
  }

  /** A worker with a child that notes each time that it is told to end, and does not. */
  private Worker startDeaf(String modes) {
    // The shell runs the trap between two commands: a signal that comes later has another run.
    String script =
        """
        trap 'echo told >>"$0/told"' TERM
        echo "CHILD $$" >>"$0/report"
        while :; do :; done
        """;
    return startShells(modes, script);
  }

  private Worker startShells(String modes, String... scripts) {
    assumeThat(!modes.contains("cgroup") || Cgroup2.isWritable()).as("may make cgroups").isTrue();
    Launch launch = Launch.on(jdk).under("setsid");
    launch.agent(modes + ",grace=2s,dir=" + Traces.ledgers(launch.dir()));
    List<String> all = new ArrayList<>(List.of("echo WORKER $PPID >>report"));
    all.addAll(List.of(scripts));
    Worker worker = launch.start(Shell.class, all.toArray(String[]::new));
    return Machine.closedUnless(
        worker,
        () ->
            worker.reported("CHILD").size() == 1
                && Traces.isWatched(worker)
                && Traces.areStartsOver(worker));
  }

  @Test
  void strokeThatHasHitNoneThatIsKnownByNameIsToldAllTheSame() {
    assumeThat(Cgroup2.isWritable()).as("may make cgroups").isTrue();
    Launch launch = Launch.on(jdk);
    launch.agent("cgroup=true,grace=0,dir=" + Traces.ledgers(launch.dir()));
    String daemon = "(setsid sh \"$0/leaf\" ORPHAN &)";
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", daemon)) {
      until(worker, () -> worker.reported("ORPHAN").size() == 1 && Traces.isWatched(worker));
      // Both scripts are over by then, and forgotten.
      until(worker, () -> !Files.readString(Traces.ledgerFiles(worker).get(0)).contains("child "));
      crash(worker);
      assertThat(worker.reported("ORPHAN")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("killed the rest of its cgroup");
    }
  }

  @Test
  void childThatHasLeftTheCgroupAndLivesIsNotSaidToBeKilled() throws IOException {
    try (Worker worker = start("cgroup=true,children=false,grace=0", 2, "obedient")) {
      until(worker, () -> worker.reported(OBEDIENT).size() == 2);
      Proc gone = worker.reported(OBEDIENT).get(0);
      Path above = Cgroup2.directoryOf(worker.self()).getParent();
      Files.writeString(above.resolve("cgroup.procs"), Long.toString(gone.pid()));
      crash(worker);
      assertThat(gone.isAlive()).isTrue();
      assertThat(worker.reported(OBEDIENT).get(1).isAlive()).isFalse();
      assertThat(worker.stderr())
          .contains("killed 1 process: ", " and the rest of its cgroup")
          .doesNotContain("[" + gone.pid() + "]");
    }
  }

  @Test
  void strangerThatAsksToBeKeptDoesNotHinderTheStroke() throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sleep", "300");
    builder.environment().put("REAPER_KEEP", "true");
    try (Worker worker = start("cgroup=true,grace=0", 1, "obedient")) {
      until(worker, () -> worker.reported(OBEDIENT).size() == 1);
      // Younger than the worker, as what is older is never taken for its descendant.
      Process stranger = builder.start();
      try {
        crash(worker);
        assertThat(worker.stderr()).contains("killed 1 process: ", " and the rest of its cgroup");
        assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
        assertThat(stranger.isAlive()).isTrue();
      } finally {
        stranger.destroyForcibly();
      }
    }
  }
}
