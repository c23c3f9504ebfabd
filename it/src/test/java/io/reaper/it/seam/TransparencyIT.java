package io.reaper.it.seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.Forgetful;
import io.reaper.it.scenario.JvmFacts;
import io.reaper.it.scenario.Redeployed;
import io.reaper.it.support.End;
import io.reaper.it.support.Until;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application can tell about its JVM is the same with the agent and without. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record TransparencyIT(Jdk jdk) {

  private record Reflection(int status, List<String> lines, String stderr) {}

  private static Reflection reflect(Launch launch) {
    try (Worker worker = launch.start(JvmFacts.class)) {
      int status = worker.waitFor(20);
      return new Reflection(
          status,
          worker
              .stdout()
              .replace(worker.dir().toString(), "DIR")
              .lines()
              // The agent's own thread may be seen, under its own name.
              .filter(line -> !line.matches("thread \\w+: reaper.*\\(daemon\\)"))
              .toList(),
          worker.stderr());
    }
  }

  private static List<String> minus(List<String> some, List<String> others) {
    return some.stream().filter(line -> !others.contains(line)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true,process-group=true", "log=error,children=false"})
  void applicationSeesNoDifference(String arguments) {
    Reflection without = reflect(Launch.on(jdk));
    Reflection with = reflect(Launch.on(jdk).agent(arguments));

    // Differences only: the environment is of this machine.
    assertThat(minus(with.lines, without.lines)).as("only with the agent").isEmpty();
    assertThat(minus(without.lines, with.lines)).as("only without the agent").isEmpty();
    assertThat(with.status).isEqualTo(without.status).isZero();
    assertThat(with.stderr).isEqualTo(without.stderr).isEmpty();
  }

  @Test
  void mirrorShowsWhatMatters() {
    List<String> lines = reflect(Launch.on(jdk).agent("subreaper=true")).lines;
    List<String> expected =
        List.of(
            "log manager : class io.reaper.it.scenario.JvmFacts$OwnLogManager",
            "own MBeanServerBuilder : true",
            "visible io.reaper.core.Reaper: false",
            "visible net.bytebuddy.ByteBuddy: false",
            "visible com.kenai.jffi.Foreign: false",
            "children : 0");
    assertThat(minus(expected, lines)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grace=0", "subreaper=true,process-group=true,grace=0"})
  void jvmThatChecksJniFindsNothingInTheAgent(String arguments) {
    Launch launch = Launch.on(jdk).jvm("-Xcheck:jni").agent(arguments);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      Until.until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isEqualTo(3);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).doesNotContain("WARNING").contains("killed 1 process");
      assertThat(worker.reported("OBEDIENT")).hasSize(1).noneMatch(Proc::isAlive);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true,process-group=true"})
  void applicationThatStartedTheFirstProcessCanBeUnloaded(String options) {
    try (Worker worker = Launch.on(jdk).agent(options).start(Redeployed.class)) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).isEqualTo("unloaded\n");
    }
  }

  @Test
  void applicationThatStartedTheFirstProcessCanBeUnloadedThoughItIsRecorded() {
    assumeThat(jdk.home().resolve("lib/jfr")).as("a JDK with a flight recorder").exists();
    Launch launch = Launch.on(jdk).agent("").jvm("-XX:StartFlightRecording");
    try (Worker worker = launch.start(Redeployed.class)) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).endsWith("unloaded\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"java.io.tmpdir", "user.name"})
  void workerThatHasTakenAwayAPropertyGetsNoDirectoryWhereItStands(String property) {
    Launch launch = Launch.on(jdk).agent("").environment("XDG_RUNTIME_DIR", "");
    try (Worker worker = launch.start(Forgetful.class, property)) {
      assertThat(worker.waitFor(20)).as(worker.toString()).isZero();
      assertThat(worker.stderr()).isEmpty();
      assertThat(worker.dir().toFile().list()).noneMatch(name -> name.startsWith("reaper-agent"));
    }
  }
}
