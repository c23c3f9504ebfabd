package io.reaper.it.degraded;

import static io.reaper.it.support.Until.becomes;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.AgentJar;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On a machine that no native part of jffi is for: JDK 22 and later call the C library themselves,
 * and on older ones the modes hold that need no native call.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#all")
class NoStubIT {
  private static final String MODES = "subreaper=true,process-group=true,grace=300ms";
  private static final int FIRST_THAT_CALLS_C = 22;

  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Jdk jdk;

  @TempDir private static Path dir;

  /** The agent's jar without its native parts. */
  private static Path jar;

  NoStubIT(Jdk jdk) {
    this.jdk = jdk;
  }

  @BeforeAll
  static void makeTheJar() {
    if (!Launch.agentIsOff()) {
      jar =
          AgentJar.changed(
              dir.resolve("agent.jar"),
              (name, bytes) -> name.startsWith("META-INF/reaper/jni/") ? null : bytes);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void processesEndWithTheWorkerAsFarAsTheJdkCanCallTheKernel(boolean killed) {
    Launch launch = Launch.on(jdk);
    launch.javaAgent(jar, MODES + ",dir=" + Traces.ledgers(launch.dir()));
    String daemon = "setsid sh \"$0/leaf\" DAEMON & exit 0";
    try (Worker worker = launch.start(Shell.class, daemon, "exec sh \"$0/leaf\" DIRECT")) {
      until(worker, () -> worker.reported("DAEMON").size() == 1);
      until(worker, () -> worker.reported("DIRECT").size() == 1);
      if (killed) {
        // A child runs a moment before its start is over, and is entered in the ledger then.
        Proc direct = worker.reported("DIRECT").get(0);
        until(worker, () -> Ledgers.name(Traces.ledgers(worker.dir()), direct));
        worker.launched().signal("KILL");
      } else {
        worker.say("exit");
      }
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(killed ? 137 : 3);
      expectToEnd(worker, "DIRECT");
      if (jdk.feature() >= FIRST_THAT_CALLS_C) {
        expectToEnd(worker, "DAEMON");
        assertThat(worker.stderr()).doesNotContain("WARNING", "cannot call");
      } else {
        assertThat(worker.stderr().lines())
            .filteredOn(line -> line.contains("cannot call the C library"))
            .singleElement()
            .asString()
            .contains("subreaper", "not available");
      }
    }
  }

  private static void expectToEnd(Worker worker, String name) {
    assertThat(becomes(LONGEST, () -> worker.reported(name).stream().noneMatch(Proc::isAlive)))
        .as("%s has ended; stderr: %s", name, worker.stderr())
        .isTrue();
  }

  /** A child that is stopped needs CONT, and so a second try to load what could not be loaded. */
  @Test
  void reasonWhyTheJdkCannotCallTheKernelIsTheSameAtEachTry() {
    assumeThat(jdk.feature()).isGreaterThanOrEqualTo(FIRST_THAT_CALLS_C);
    Launch launch = Launch.on(jdk).jvm("-Djdk.internal.foreign.CABI=UNSUPPORTED");
    launch.javaAgent(jar, "grace=300ms,log=info,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(Shell.class, "exec sh \"$0/leaf\" DIRECT")) {
      until(worker, () -> worker.reported("DIRECT").size() == 1);
      until(worker, () -> worker.stderr().contains("[info] cannot call the C library"));
      worker.reported("DIRECT").get(0).signal("STOP");
      worker.say("exit");
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(3);
      expectToEnd(worker, "DIRECT");
      assertThat(worker.stderr().lines())
          .filteredOn(line -> line.contains("cannot call the C library"))
          .hasSize(2)
          .allMatch(line -> line.contains("does not support native linker"));
    }
  }

  @Test
  void signalsArePassedOnByRun() {
    assumeThat(jdk.feature()).isGreaterThanOrEqualTo(FIRST_THAT_CALLS_C);
    List<String> run =
        List.of(
            "-jar",
            jar.toString(),
            "run",
            "--",
            "sh",
            "-c",
            "trap 'exit 9' USR2; " + "echo ready; while :; do sleep 0.02; done");
    try (Worker worker = Launch.on(jdk).start(jdk.java(), run)) {
      until(worker, () -> worker.stdout().equals("ready\n"));
      worker.launched().signal("USR2");
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(9);
      assertThat(worker.stderr()).isEmpty();
    }
  }
}
