package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** doctor, asked about modes as a readiness probe asks, and about one worker. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record DoctorIT(Jdk jdk) {
  private static final int COLUMNS = 80;

  private static Answer doctor(Launch launch, String... arguments) {
    Stream<String> words = Stream.concat(Stream.of("doctor"), Stream.of(arguments));
    return Answer.of(launch.tool(words.toArray(String[]::new)));
  }

  private Launch nobody() throws IOException {
    assumeThat(Machine.allows(Machine.NOBODY) && Machine.canRead(Machine.NOBODY))
        .as("nobody can run the agent")
        .isTrue();
    Launch launch = Launch.on(jdk);
    Machine.open(launch.dir());
    return launch.under(Machine.NOBODY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc", "/tmp/no such/place/at all"})
  void noLineIsLongerThanATerminalIsWide(String dir) {
    Answer doctor = doctor(Launch.on(jdk), "--dir", dir);
    assertThat(doctor.said().lines())
        .allMatch(line -> line.length() <= COLUMNS)
        .hasSizeGreaterThan(9);
  }

  @Test
  void userWithoutCgroupsIsTold0ForModesThatHoldAnd1ForOneThatDoesNot() throws IOException {
    Launch nobody = nobody();
    String dir = ",dir=" + nobody.dir().resolve("ledgers");
    Answer held = doctor(nobody, "subreaper=true,process-group=true" + dir);
    assertThat(held.refused()).isEmpty();
    assertThat(held.said()).contains("\nsubreaper ", "\nprocess-group ").doesNotContain("cgroup");
    assertThat(held.status()).isZero();
    Answer refused = doctor(nobody(), "cgroup=true");
    assertThat(refused.said()).contains("\ncgroup ", "Delegate=yes").doesNotContain("subreaper  ");
    assertThat(refused.status()).isEqualTo(1);
  }

  @Test
  void modeThatDoesNotHoldInACrashIsHeldOnlyWhereNoneIsAskedToNotice() {
    assertThat(doctor(Launch.on(jdk), "children=true", "--dir", "/etc").status()).isEqualTo(1);
    assertThat(doctor(Launch.on(jdk), "sentinel=false", "--dir", "/etc").status()).isZero();
  }

  @Test
  void wrongOptionIsAWrongArgument() {
    Answer doctor = doctor(Launch.on(jdk), "subreeper=true");
    assertThat(doctor.refused().lines()).singleElement().asString().contains("subreeper");
    assertThat(doctor.said()).isEmpty();
    assertThat(doctor.status()).isEqualTo(2);
  }

  private static Worker withAChild(Launch launch) {
    Worker worker = launch.start(ObeyingWorker.class);
    Machine.closedUnless(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    worker.say("spawn CHILD");
    return Machine.closedUnless(worker, () -> worker.reported("CHILD").size() == 1);
  }

  private static String pid(Worker worker) {
    return Long.toString(worker.self().pid());
  }

  @Test
  void workerThatIsInItsModesAndWatchedIsWell() {
    Launch launch = Launch.on(jdk);
    launch.agent("subreaper=true,grace=7s,dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = withAChild(launch)) {
      until(worker, () -> doctor(Launch.on(jdk), pid(worker)).status() == 0);
      Answer doctor = doctor(Launch.on(jdk), pid(worker));
      assertThat(doctor.said())
          .containsPattern("(?m)^sentinel +yes +process \\d+ watches")
          .containsPattern("(?m)^subreaper +yes ")
          .containsPattern("(?m)^grace +7");
      assertThat(doctor(Launch.on(jdk), pid(worker), "--json").said())
          .startsWith("{\"well\":true,")
          .contains("\"options\":{\"children\":\"true\"");
    }
  }

  @Test
  void workerThatCouldNotEnterAModeIsNot() throws IOException {
    Launch nobody = nobody();
    nobody.agent("cgroup=true,dir=" + nobody.dir().resolve("ledgers"));
    try (Worker worker = withAChild(nobody)) {
      Answer doctor = doctor(Launch.on(jdk), pid(worker));
      assumeThat(Cgroup2.isWritable()).as("this is root, who sees nobody's worker").isTrue();
      assertThat(doctor.said())
          .containsPattern("(?m)^cgroup +no ")
          .containsPattern("(?m)^children +yes ");
      assertThat(doctor.status()).isEqualTo(1);
    }
  }
}
