package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Logging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JDK 22 and later tell a logger, which may be the application's, of each start. */
@ParameterizedClass(allowZeroInvocations = true)
@MethodSource("thoseThatLog")
record LoggerIT(Jdk jdk) {

  private static final int FIRST_THAT_LOGS = 22;

  static List<Jdk> thoseThatLog() {
    return Jdk.all().stream().filter(jdk -> jdk.feature() >= FIRST_THAT_LOGS).toList();
  }

  private static Launch withFinder(Launch launch) throws IOException {
    Path services = launch.dir().resolve("META-INF/services");
    Files.createDirectories(services);
    Files.writeString(services.resolve("java.lang.System$LoggerFinder"), Logging.class.getName());
    return launch.classPath(launch.dir());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true", "process-group=true"})
  void startOfTheSentinelDoesNotWaitForTheApplicationsLogging(String options) throws IOException {
    Launch launch = withFinder(Launch.on(jdk).agent(options));
    try (Worker worker = launch.start(Logging.class)) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).endsWith("done\n");
      assertThat(worker.stderr()).isEmpty();
    }
  }

  /** The JDK asks when a process has been started, and the sentinel's is none of its. */
  @Test
  void startThatFailsAsksNoLogger() throws IOException {
    Launch launch = withFinder(Launch.on(jdk).agent(""));
    try (Worker worker = launch.start(Logging.class, "/nonexistent")) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).isEqualTo("refused\n");
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @Test
  void childIsRecordedBeforeTheLoggerIsAsked() throws IOException {
    Launch launch = withFinder(Launch.on(jdk).agent("grace=0"));
    try (Worker worker = launch.start(Logging.class, Logging.HANGING)) {
      until(worker, () -> worker.stdout().equals("asked\n"));
      until(worker, () -> !worker.reported(Logging.CHILD).isEmpty());
      worker.launched().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported(Logging.CHILD).stream().noneMatch(Proc::isAlive));
    }
  }
}
