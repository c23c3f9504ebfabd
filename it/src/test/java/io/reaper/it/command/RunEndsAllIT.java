package io.reaper.it.command;

import static io.reaper.it.command.Runs.PID_NAMESPACE;
import static io.reaper.it.command.Runs.SHORT_CHAIN;
import static io.reaper.it.command.Runs.expectNoneLeft;
import static io.reaper.it.command.Runs.run;
import static io.reaper.it.command.Runs.runHiders;
import static io.reaper.it.command.Runs.runScript;
import static io.reaper.it.command.Runs.text;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of all that is left of the command that {@code run} has started. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record RunEndsAllIT(Jdk jdk) {

  private static final int LONG_CHAIN = 1000;

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "SEGV"})
  void whateverEndsTheSupervisorEndsItsCommandAndAllBelow(String signal) {
    try (Worker worker = runHiders(jdk, SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.launched().signal(signal);
      worker.waitFor(20);
      Until.until(() -> Hiding.alive(worker.dir()).isEmpty());
      Until.until(() -> !Hiding.isForking(worker.dir()));
    }
  }

  @Test
  void whileTheCommandLivesNoProcessIsKilledAndOrphansThatEndAreReaped() {
    try (Worker worker =
        runScript(
            jdk,
            List.of(),
            """
            (setsid sh "$0" ORPHAN &)
            for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.2 & echo "SHORT $!" >> "${0%/*}/report"); done
            echo "COMMAND $$" >> "${0%/*}/report"
            read -r order && exit "$order"
            """)) {
      until(worker, () -> worker.reported("SHORT").size() == 10);
      until(worker, () -> worker.reported("ORPHAN").size() == 1);
      until(worker, () -> worker.reported("COMMAND").size() == 1);
      Proc orphan = worker.reported("ORPHAN").get(0);
      Proc command = worker.reported("COMMAND").get(0);
      Proc supervisor = worker.launched();
      until(worker, () -> worker.reported("SHORT").stream().noneMatch(Proc::isAlive));
      until(
          worker,
          () ->
              Proc.childrenOf(supervisor.pid()).stream()
                  .allMatch(List.of(orphan, command)::contains));
      assertThat(Proc.childrenOf(supervisor.pid())).containsExactlyInAnyOrder(orphan, command);

      worker.say("7");
      assertThat(worker.waitFor(20)).isEqualTo(7);
      assertThat(orphan.isAlive()).isFalse();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("killed 1 process", "sleep[" + orphan.pid() + "]");
    }
  }

  @Test
  void everyProcessBelowDiesWhateverItDidToHide() {
    try (Worker worker = runHiders(jdk, LONG_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.say("42");
      assertThat(worker.waitFor(20)).isEqualTo(42);
      expectNoneLeft(worker);
      assertThat(worker.stderr().lines()).hasSize(1);
    }
  }

  @Test
  void processThatForksForEverWithoutAPauseDies() {
    try (Worker worker = runHiders(jdk, 1, Hiding.RESTLESS_FORKER)) {
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      expectNoneLeft(worker);
    }
  }

  @Test
  void chainDiesThatHasLostLinksInItsMiddle() {
    try (Worker worker = runHiders(jdk, SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      Proc end = Hiding.named(worker.dir(), "END_OF_CHAIN").get(0);
      Proc.of(Proc.of(end.ppid()).orElseThrow().ppid()).orElseThrow().kill();
      until(worker, () -> Proc.of(end.ppid()).orElseThrow().ppid() == worker.launched().pid());
      assertThat(end.isAlive()).isTrue();
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      expectNoneLeft(worker);
    }
  }

  @Test
  void commandThatIsKilledLeavesNone() {
    try (Worker worker = runHiders(jdk, SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      Proc child = Hiding.named(worker.dir(), "CHILD").get(0);
      Proc.of(child.ppid()).orElseThrow().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      expectNoneLeft(worker);
    }
  }

  /** To many programs a second signal says that they are to leave all as it is. */
  @Test
  void whatIsLeftIsToldToEndOnceThoughTheSupervisorIsKilledMeanwhile() throws IOException {
    String script =
        """
        setsid sh -c '
          trap "echo TERM >> \\"${0%/*}/heard\\"" TERM
          echo "DEAF $$" >> "${0%/*}/report"
          while :; do sleep 0.02; done
        ' "$0" &
        until grep -q DEAF "${0%/*}/report"; do sleep 0.02; done
        """;
    try (Worker worker = runScript(jdk, List.of("--grace=2s"), script)) {
      until(worker, () -> !text(worker, "heard").isEmpty());
      worker.launched().kill();
      worker.waitFor(20);
      until(() -> worker.reported("DEAF").stream().noneMatch(Proc::isAlive));
      assertThat(text(worker, "heard")).isEqualToIgnoringNewLines("TERM");
    }
  }

  private static final String TELLER =
      """
      setsid sh -c '
        for s in TERM USR1; do trap "echo $s >> \\"${0%/*}/heard\\"; exit 0" $s; done
        echo "TELLER $$" >> "${0%/*}/report"
        while :; do sleep 0.02; done
      ' "$0" &
      read -r order && exit "$order"
      """;

  @ParameterizedTest
  @CsvSource({"'', TERM", "--grace=0, ''", "--grace=20s, TERM", "--grace=20s --signal=USR1, USR1"})
  void whatIsLeftGetsThePoliteSignalIfThereIsAGrace(String options, String heard)
      throws IOException {
    List<String> words = options.isEmpty() ? List.of() : List.of(options.split(" "));
    try (Worker worker = runScript(jdk, words, TELLER)) {
      until(worker, () -> !worker.reported("TELLER").isEmpty());
      worker.say("3");
      assertThat(worker.waitFor(10)).isEqualTo(3);
      assertThat(worker.reported("TELLER")).hasSize(1).noneMatch(Proc::isAlive);
      assertThat(text(worker, "heard").strip()).isEqualTo(heard);
    }
  }

  @Test
  void keptOnesAloneLiveOn() throws IOException {
    Launch launch = Launch.on(jdk);
    // A copy, not a link: the name that counts is that of the executable.
    Files.copy(Path.of("/bin/sleep"), launch.dir().resolve("keepme"));
    String script =
        """
        (setsid "${0%/*}/keepme" 1000 & echo "BY_NAME $!" >> "${0%/*}/report")
        (REAPER_KEEP=true setsid sh "$0" BY_ENVIRONMENT &)
        (setsid sh "$0" OTHER &)
        read -r order && exit "$order"
        """;
    String leaf = Worker.leaf(launch.dir()).toString();
    try (Worker worker = run(jdk, launch, List.of("--keep", "keepme"), "sh", "-c", script, leaf)) {
      until(worker, () -> worker.reported().size() == 3);
      Proc byName = worker.reported("BY_NAME").get(0);
      // The agent knows it by its name only once it has been executed.
      until(worker, () -> byName.commandLine().contains("keepme"));
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      assertThat(byName.isAlive()).isTrue();
      assertThat(worker.reported("BY_ENVIRONMENT")).hasSize(1).allMatch(Proc::isAlive);
      assertThat(worker.reported("OTHER")).hasSize(1).noneMatch(Proc::isAlive);
    }
  }

  @Test
  void firstProcessOfAPidNamespaceReapsOrphansAndTellsTheStatus() throws IOException {
    assumeThat(Machine.allows(PID_NAMESPACE)).as("may make a PID namespace").isTrue();
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    Hiding.sleeper(launch.dir(), "LIVING");
    Hiding.sleeper(launch.dir(), "ENDING");
    String script =
        """
        (setsid "$0/LIVING" 1000 &)
        for i in 1 2 3 4 5 6 7 8 9 10; do (setsid "$0/ENDING" 0.2 & echo started); done
        read -r order && exit "$order"
        """;
    try (Worker worker = run(jdk, launch, List.of(), "sh", "-c", script, launch.dir().toString())) {
      until(worker, () -> worker.stdout().lines().count() == 10);
      until(worker, () -> Hiding.named(worker.dir(), "LIVING").size() == 1);
      until(worker, () -> Hiding.named(worker.dir(), "ENDING").isEmpty());
      Proc first = Proc.childrenOf(worker.launched().pid()).get(0);
      until(worker, () -> Proc.childrenOf(first.pid()).size() == 2);
      assertThat(Hiding.named(worker.dir(), "LIVING"))
          .singleElement()
          .extracting(Proc::ppid)
          .isEqualTo(first.pid());
      worker.say("77");
      assertThat(worker.waitFor(20)).isEqualTo(77);
      expectNoneLeft(worker);
    }
  }
}
