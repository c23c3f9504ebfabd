package io.reaper.it.command;

import static io.reaper.it.command.Runs.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code java -jar reaper-agent.jar run} takes as a command, and the status that it tells. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record RunIT(Jdk jdk) {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 125, 127, 128, 255})
  void statusOfTheCommandComesThrough(int status) {
    try (Worker worker = run(jdk, "sh", "-c", "exit " + status)) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "KILL, 137", "SEGV, 139", "TERM, 143"})
  void commandThatASignalEndedIsToldAsTheShellTellsIt(String signal, int status) {
    try (Worker worker = run(jdk, "sh", "-c", "ulimit -c 0; kill -" + signal + " $$")) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @NeedsAgent
  @Test
  void commandThatIsNotThereOrNotExecutableHasTheShellsStatus() {
    expectOneLine(run(jdk, "no-such-command"), 127, "no-such-command");
    Launch launch = Launch.on(jdk);
    String report = launch.dir().resolve("report").toString();
    expectOneLine(run(jdk, launch, List.of(), report), 126, report);
    expectOneLine(run(jdk, "/tmp"), 126, "/tmp");
  }

  /** As in an image whose JAVA_TOOL_OPTIONS every JVM has. */
  @NeedsAgent
  @Test
  void isNoWorkerItselfThoughTheEnvironmentGivesItTheAgent() {
    String agent = "-javaagent:" + Launch.agentJar() + "=subreaper=true,log=debug";
    Launch launch = Launch.on(jdk).environment("JAVA_TOOL_OPTIONS", agent);
    try (Worker worker = run(jdk, launch, List.of(), "sh", "-c", "sleep 600 & exit 3")) {
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.stderr().lines())
          .satisfiesExactly(
              jvm -> assertThat(jvm).startsWith("Picked up JAVA_TOOL_OPTIONS"),
              line -> assertThat(line).contains("sh has ended: killed 1 process: sleep["));
    }
  }

  private static void expectOneLine(Worker run, int status, String named) {
    try (Worker worker = run) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains(named)
          .doesNotContain("Exception");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--grace, soon, soon",
    "--signal, FOO, FOO",
    "--log, loud, loud",
    "--grase, 2s, --grase"
  })
  void wrongArgumentIsNamedAndTheCommandIsNotStarted(String option, String value, String named) {
    Launch launch = Launch.on(jdk);
    try (Worker worker =
        run(
            jdk,
            launch,
            List.of(option, value),
            "touch",
            launch.dir().resolve("started").toString())) {
      assertThat(worker.waitFor(20)).isEqualTo(125);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).contains(named).doesNotContain("Exception", "\tat ");
      assertThat(worker.dir().resolve("started")).doesNotExist();
    }
  }

  @NeedsAgent
  @Test
  void runWithoutACommandIsAWrongArgument() {
    Answer answer = Answer.of(Launch.on(jdk).tool("run"));
    assertThat(answer.status()).isEqualTo(125);
    assertThat(answer.refused()).doesNotContain("Exception", "\tat ").isNotEmpty();
  }

  @NeedsAgent
  @Test
  void whatFollowsTheCommandsNameIsTheCommands() {
    for (List<String> options : List.of(List.<String>of(), List.of("--grace", "1s"))) {
      List<String> words = new ArrayList<>(List.of("run"));
      words.addAll(options);
      words.addAll(List.of("sh", "-c", "exit $#", "--help", "--grace", "-h", "--"));
      Answer answer = Answer.of(Launch.on(jdk).tool(words.toArray(String[]::new)));
      assertThat(answer.status()).as(answer.refused()).isEqualTo(3);
      assertThat(answer.said()).isEmpty();
    }
  }
}
