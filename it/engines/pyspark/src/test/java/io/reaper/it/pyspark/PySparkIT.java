package io.reaper.it.pyspark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Venv;
import io.reaper.it.spark.Cluster;
import io.reaper.it.spark.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Python workers start multiprocessing children, and these start helpers with setsid; the JVM above
 * them is killed or stopped, with the agent and without.
 */
@Timeout(600)
class PySparkIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static Venv pyspark;

  @BeforeAll
  static void pysparkIsThere() throws IOException {
    try {
      pyspark =
          Venv.of(
              "pyspark",
              System.getProperty("reaper.it.pyspark.version"),
              Path.of(System.getProperty("reaper.it.pyspark.home")));
    } catch (Venv.Unavailable e) {
      Assumptions.abort("PySpark is not available here: " + e.getMessage());
    }
    // Spark's own start script's part: an installation that Master, Worker and executors run.
    System.setProperty("reaper.it.spark.jars", pyspark.file("pyspark/jars").toString());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void helpersOutliveAnExecutorThatIsKilledAndOnesThatAreStoppedOnlyWithoutTheAgent(boolean agent) {
    assumeThat(agent && Launch.agentIsOff()).isFalse();
    try (Cluster cluster = new Cluster(jdk(), recipe("executor", agent))) {
      Application application = start(cluster, cluster.url());
      application.begin();
      Proc victim = application.executors().get(0);
      List<Proc> itsOwn = application.below(victim);
      List<Proc> bystanders = application.below(application.executors().get(1));
      List<Proc> helpers = detached(itsOwn);
      assertThat(List.of(itsOwn, bystanders)).allMatch(each -> each.size() == 3);

      victim.kill();

      awaitThatOnlyTheseAreLeft(agent ? List.of() : helpers, itsOwn, "SIGKILL of an executor");
      assertThat(bystanders).as("of the other executor").allMatch(Proc::isAlive);
      application.awaitTasks(1);
      assertThat(application.finish()).isEqualTo(Application.RIGHT_RESULT);
      application.begin();
      assertThat(application.finish()).isEqualTo(Application.RIGHT_RESULT);
      List<Proc> last = application.executors();
      List<Proc> everything = application.everything();
      helpers = detached(everything);
      assertThat(last).hasSize(2);

      application.stop();

      assertThat(Patience.within(PATIENCE, () -> last.stream().noneMatch(Proc::isAlive))).isTrue();
      awaitThatOnlyTheseAreLeft(agent ? List.of() : helpers, everything, "stop");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void helpersOutliveTheGatewayOfAPythonDriverThatIsKilledOnlyWithoutTheAgent(boolean agent) {
    assumeThat(agent && Launch.agentIsOff()).isFalse();
    try (Cluster cluster = new Cluster(jdk(), recipe("driver", agent))) {
      Application application = start(cluster, "local[2]");
      application.begin();
      Proc gateway = application.gateway();
      assertThat(application.executors()).containsExactly(gateway);
      List<Proc> everything = application.everything();
      List<Proc> helpers = detached(everything);
      assertThat(everything).hasSize(6).allMatch(Proc::isAlive);

      application.python().kill();

      assertThat(Patience.within(PATIENCE, () -> !gateway.isAlive())).as("it ends").isTrue();
      awaitThatOnlyTheseAreLeft(agent ? List.of() : helpers, everything, "end of the gateway");
    }
  }

  private static Application start(Cluster cluster, String master) {
    Path driver = Path.of(System.getProperty("reaper.it.pyspark.driver"));
    return new Application(cluster.drive(pyspark.command("python"), driver, master));
  }

  /** Each executor runs one task; the agent's options are those of it/engines/README.md. */
  private static List<String> recipe(String jvm, boolean agent) {
    String options = "spark.%s.extraJavaOptions -javaagent:%s=subreaper=true";
    return Stream.concat(
            Stream.of(
                "spark.ui.enabled false", "spark.executor.cores 1", "spark.executor.memory 512m"),
            agent ? Stream.of(options.formatted(jvm, Launch.agentJar())) : Stream.of())
        .toList();
  }

  private static List<Proc> detached(List<Proc> processes) {
    return processes.stream().filter(proc -> proc.session() == proc.pid()).toList();
  }

  private static void awaitThatOnlyTheseAreLeft(
      List<Proc> expected, List<Proc> processes, String end) {
    Supplier<List<Proc>> left = () -> processes.stream().filter(Proc::isAlive).toList();
    Patience.within(PATIENCE, () -> left.get().equals(expected));
    assertThat(left.get()).as("left after %s", end).isEqualTo(expected);
    System.out.printf("%d of %d live after %s%n", expected.size(), processes.size(), end);
  }

  private static Jdk jdk() {
    return Jdk.forEngines().get(0);
  }
}
