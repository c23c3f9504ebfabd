package io.reaper.it.terminal;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Innocents;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Shells;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker in the job of a shell, on a terminal: what it has started there dies, and nothing else.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record JobInnocentsIT(Jdk jdk) {

  private static final String ALONE = "process-group=true,grace=300ms";
  private static final List<String> MODES =
      List.of(
          ALONE,
          "process-group=true,children=false,grace=0",
          "process-group=true,subreaper=true,grace=300ms");

  private static final List<String> DOOMED = List.of("CHILD", "GRANDCHILD", "ORPHAN", "DEAF");

  /** Is in a session of its own. */
  private static final String LEFT = "LEFT";

  private static final String SCRIPT = "bash ./innocent SIBLING & sh worker; wait";
  private static final String PIPELINE =
      "bash ./innocent FEEDER | sh worker | bash ./innocent COLLECTOR";
  private static final String FIRST = "sh worker | bash ./innocent COLLECTOR";

  /** What the first word of a job starts as the last of a loop does in zsh: later, in its group. */
  private static final String JOIN =
      "perl -e 'setpgrp(0, shift) and exec @ARGV' %d bash ./innocent JOINER &";

  private InteractiveShell shell(String modes, Innocents[] innocents, String... names)
      throws IOException {
    return shell(Launch.on(jdk), modes, innocents, names);
  }

  private InteractiveShell shell(
      Launch launch, String modes, Innocents[] innocents, String... names) throws IOException {
    innocents[0] = new Innocents(launch.dir(), names);
    Files.writeString(launch.dir().resolve("work"), SCRIPT);
    return InteractiveShell.start(
        jdk,
        launch,
        modes,
        Shell.class,
        "exec sh \"$0/leaf\" CHILD",
        "sh \"$0/leaf\" GRANDCHILD & wait",
        "sh \"$0/leaf\" ORPHAN & exit 0",
        "trap '' TERM; sh \"$0/leaf\" DEAF & exit 0",
        "setsid sh \"$0/leaf\" LEFT & exit 0");
  }

  private static Stream<Arguments> everyModeAndEnd() {
    return (Jdk.FULL ? MODES : List.of(ALONE))
        .stream().flatMap(mode -> Stream.of("TERM", "KILL").map(end -> Arguments.of(mode, end)));
  }

  @ParameterizedTest
  @MethodSource("everyModeAndEnd")
  void whatAScriptHasStartedBesideTheWorkerIsLeftAlone(String modes, String end)
      throws IOException {
    expectInnocentsLive("sh work", modes, end, "SIBLING");
  }

  @ParameterizedTest
  @MethodSource("everyModeAndEnd")
  void restOfAPipelineIsLeftAlone(String modes, String end) throws IOException {
    expectInnocentsLive(PIPELINE, modes, end, "FEEDER", "COLLECTOR");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "KILL"})
  void restOfAPipelineThatTheWorkerLeadsIsLeftAlone(String end) throws IOException {
    expectInnocentsLive(FIRST, ALONE, end, "COLLECTOR");
  }

  @ParameterizedTest
  @MethodSource("everyModeAndEnd")
  void processThatComesLaterIntoTheGroupThatTheWorkerLeadsIsLeftAlone(String modes, String end)
      throws IOException {
    assumeThat(Machine.allows("perl", "-e", "exec @ARGV")).as("perl is here").isTrue();
    Innocents[] innocents = new Innocents[1];
    try (InteractiveShell shell = shell(modes, innocents, "JOINER")) {
      shell.type("sh worker 3<>nothing <&3 &");
      Worker terminal = shell.terminal();
      until(terminal, () -> ownAreThere(terminal));
      Proc self = shell.self();
      shell.type(JOIN.formatted(self.pid()));
      until(terminal, () -> innocents[0].areThere(terminal));
      assertThat(innocents[0].all(terminal)).allMatch(one -> one.pgrp() == self.pid());
      expectInnocentsLive(shell, modes, end, innocents[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox"})
  void sentinelOfAnyShellLeavesThemAlone(String sh) throws IOException {
    Launch launch = Shells.first(sh, Launch.on(jdk));
    expectInnocentsLive(launch, "sh work", ALONE, "KILL", "SIBLING");
  }

  @Test
  void whereNoSweeperCanBeRunOnlyTheWorkersDieAllTheSame() throws IOException {
    Launch launch = Launch.on(jdk);
    if (!Launch.agentIsOff()) {
      Files.copy(Launch.agentJar(), launch.dir().resolve(InteractiveShell.OWN_AGENT));
    }
    Innocents[] innocents = new Innocents[1];
    try (InteractiveShell shell = shell(launch, ALONE, innocents, "SIBLING")) {
      shell.type("sh work");
      Worker terminal = shell.terminal();
      until(terminal, () -> ownAreThere(terminal) && innocents[0].areThere(terminal));
      until(() -> Launch.agentIsOff() || Traces.isWatched(terminal));
      Files.deleteIfExists(launch.dir().resolve(InteractiveShell.OWN_AGENT));
      expectInnocentsLive(shell, ALONE, "KILL", innocents[0]);
    }
  }

  @NeedsAgent
  @Test
  void workerThatIsAttachedToInItsJobTakesWhatHangsBelowItAlone() throws IOException {
    Innocents[] innocents = new Innocents[1];
    try (InteractiveShell shell = shell(null, innocents, "SIBLING")) {
      shell.type("sh work");
      Worker terminal = shell.terminal();
      until(terminal, () -> ownAreThere(terminal) && innocents[0].areThere(terminal));
      String options = ALONE + ",dir=" + Traces.ledgers(terminal.dir());
      String pid = Long.toString(shell.self().pid());
      Answer answer = Answer.of(Launch.on(jdk).tool("attach", pid, options));
      assertThat(answer.mustSucceed() + answer.refused())
          .doesNotContain("is not in the process group");
      shell.self().signal("TERM");
      until(() -> !shell.self().isAlive());
      until(
          () ->
              Stream.of("CHILD", "GRANDCHILD")
                  .flatMap(name -> terminal.reported(name).stream())
                  .noneMatch(Proc::isAlive));
      until(() -> Traces.sentinels(terminal).isEmpty());
      // Nothing tells whose they are, as they are orphans from before.
      assertThat(Stream.of("ORPHAN", "DEAF").flatMap(name -> terminal.reported(name).stream()))
          .hasSize(2)
          .allMatch(Proc::isAlive, "is alive");
      assertThat(innocents[0].all(terminal)).allMatch(Proc::isAlive, "is alive");
      assertThat(innocents[0].signals()).isEmpty();
    }
  }

  private void expectInnocentsLive(String job, String modes, String end, String... names)
      throws IOException {
    expectInnocentsLive(Launch.on(jdk), job, modes, end, names);
  }

  private void expectInnocentsLive(
      Launch launch, String job, String modes, String end, String... names) throws IOException {
    Innocents[] innocents = new Innocents[1];
    try (InteractiveShell shell = shell(launch, modes, innocents, names)) {
      shell.type(job);
      Worker terminal = shell.terminal();
      until(terminal, () -> ownAreThere(terminal) && innocents[0].areThere(terminal));
      assertThat(innocents[0].all(terminal)).allMatch(one -> one.pgrp() == shell.self().pgrp());
      expectInnocentsLive(shell, modes, end, innocents[0]);
    }
  }

  private static void expectInnocentsLive(
      InteractiveShell shell, String modes, String end, Innocents innocents) throws IOException {
    Worker terminal = shell.terminal();
    innocents.goOn();
    until(terminal, () -> innocents.areAllThere(terminal));
    until(() -> Launch.agentIsOff() || Traces.isWatched(terminal));
    shell.self().signal(end);
    until(() -> !shell.self().isAlive());
    until(() -> own(terminal).noneMatch(Proc::isAlive));
    // No process is at work any more that could kill an innocent yet.
    until(() -> Traces.sentinels(terminal).isEmpty());
    assertThat(innocents.all(terminal)).allMatch(Proc::isAlive, "is alive");
    assertThat(terminal.reported(LEFT))
        .hasSize(1)
        .allMatch(left -> left.isAlive() != modes.contains("subreaper"));
    innocents.end();
    until(innocents::haveEnded);
    assertThat(innocents.signals()).isEmpty();
  }

  private static boolean ownAreThere(Worker terminal) {
    return Stream.concat(Stream.of(Worker.SELF, LEFT), DOOMED.stream())
        .allMatch(name -> terminal.reported(name).size() == 1);
  }

  private static Stream<Proc> own(Worker terminal) {
    return DOOMED.stream().flatMap(name -> terminal.reported(name).stream());
  }
}
