package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Traces;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Beside agents that many workers have, before them and after them on the command line. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record BesideOtherAgentsIT(Jdk jdk) {

  /**
   * What each is given, so that it writes into the worker's directory and asks no other machine.
   */
  enum Other {
    JACOCO("org.jacoco.agent", "destfile=DIR/jacoco.exec"),
    OPENTELEMETRY("opentelemetry-javaagent", "");

    private final String jar;
    private final String arguments;

    Other(String jar, String arguments) {
      this.jar = jar;
      this.arguments = arguments;
    }

    Path jar() {
      return Stream.of(System.getProperty("java.class.path").split(":"))
          .map(Path::of)
          .filter(path -> path.getFileName().toString().startsWith(jar))
          .findFirst()
          .orElse(null);
    }
  }

  @ParameterizedTest
  @CsvSource({"JACOCO, true", "JACOCO, false", "OPENTELEMETRY, true", "OPENTELEMETRY, false"})
  void childrenEndAndTheOtherAgentDoesItsWork(Other other, boolean before) {
    assumeThat(other.jar()).as("the agent %s is here (-Pengines)", other).isNotNull();
    Launch launch = Launch.on(jdk);
    String ours =
        "subreaper=true,process-group=true,grace=300ms,dir=" + Traces.ledgers(launch.dir());
    String theirs = other.arguments.replace("DIR", launch.dir().toString());
    // OpenTelemetry would send what it measures to this machine's collector, and say that it
    // cannot.
    launch.jvm("-Dotel.sdk.disabled=true");
    if (before) {
      launch.javaAgent(other.jar(), theirs).agent(ours);
    } else {
      launch.agent(ours).javaAgent(other.jar(), theirs);
    }
    String daemon = "setsid sh \"$0/leaf\" DAEMON & exit 0";
    try (Worker worker = launch.start(Shell.class, daemon, "exec sh \"$0/leaf\" DIRECT")) {
      until(worker, () -> worker.reported("DAEMON").size() == 1);
      until(worker, () -> worker.reported("DIRECT").size() == 1);
      worker.say("exit");
      assertThat(worker.waitFor(60)).as(worker.stderr()).isEqualTo(3);
      assertThat(worker.stdout()).isEqualTo(Shell.READY);
      assertThat(worker.reported("DAEMON")).noneMatch(Proc::isAlive);
      assertThat(worker.reported("DIRECT")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr().lines().filter(line -> line.startsWith("reaper-agent:")))
          .singleElement()
          .asString()
          .contains("killed 2 processes: ", Shell.class.getSimpleName() + ".java");
      if (other == Other.JACOCO) {
        assertThat(launch.dir().resolve("jacoco.exec")).isNotEmptyFile();
      }
    }
  }
}
