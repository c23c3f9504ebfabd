package io.reaper.it.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * TaskManagers of a real Flink die, and what their tasks have started dies with them. How soon is
 * for {@link FlinkBench} to measure, on a machine that has nothing else to do.
 */
class FlinkIT {

  /** What it/engines/README.md recommends. */
  private static final String RECOMMENDED = "subreaper=true,process-group=true";

  private static final int NUMBERS = 20_000;
  private static final int DEATHS = 20;

  static List<Jdk> jdks() {
    return Jdk.forEngines();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  @Timeout(300)
  void theProcessesOfAKilledTaskManagerGoWithItAndTheJobComesToItsResult(Jdk jdk) throws Exception {
    try (Cluster cluster = Cluster.start(jdk, Cluster.javaAgent(RECOMMENDED))) {
      TaskManager victim = cluster.startTaskManager();
      TaskManager other = cluster.startTaskManager();
      Job job = cluster.submit(NUMBERS);
      awaitAtWork(cluster, job, victim, other);
      List<Proc> helpers = helpers(other);

      victim.killUntilGone(victim.processes());
      assertThat(helpers).allMatch(Proc::isAlive);

      TaskManager next = cluster.startTaskManager();
      awaitAtWork(cluster, job, next);
      finish(cluster, job);
      assertThat(cluster.left()).isNotEmpty();
      cluster.stop();
      // Flink halts a TaskManager that takes longer than 5 s; then it is the sentinel that ends
      // them.
      cluster.await("end of all", () -> cluster.left().isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  @Timeout(300)
  void withoutTheAgentTheyAllLiveOnButForThoseThatReadFromIt(Jdk jdk) throws Exception {
    try (Cluster cluster = Cluster.start(jdk, "")) {
      TaskManager victim = cluster.startTaskManager();
      TaskManager other = cluster.startTaskManager();
      Job job = cluster.submit(NUMBERS);
      awaitAtWork(cluster, job, victim, other);
      List<Proc> helpers = helpers(victim);

      victim.killUntilGone(victim.worker().reported("PIPE"));
      cluster.startTaskManager();
      finish(cluster, job);
      cluster.stop();

      assertThat(helpers).hasSize(10).allMatch(Proc::isAlive);
      assertThat(helpers(other)).hasSizeGreaterThanOrEqualTo(10).allMatch(Proc::isAlive);
    }
  }

  static Stream<Arguments> modes() {
    return Stream.of(
        Arguments.of("children=true", List.of("GRANDCHILD", "SETSID_GRANDCHILD")),
        Arguments.of("process-group=true", List.of("SETSID_GRANDCHILD")),
        Arguments.of("subreaper=true", List.of()),
        Arguments.of(RECOMMENDED, List.of()));
  }

  @ParameterizedTest
  @MethodSource("modes")
  @Timeout(300)
  void aModeEndsWhatItCovers(String mode, List<String> survivors) throws Exception {
    try (Cluster cluster = Cluster.start(Jdk.forEngines().get(0), Cluster.javaAgent(mode))) {
      TaskManager victim = cluster.startTaskManager();
      TaskManager other = cluster.startTaskManager();
      awaitAtWork(cluster, cluster.submit(NUMBERS), victim, other);
      List<Proc> covered =
          victim.worker().reported().entrySet().stream()
              .filter(named -> !survivors.contains(named.getKey()))
              .flatMap(named -> named.getValue().stream())
              .toList();

      victim.killUntilGone(covered);

      assertThat(victim.living()).containsOnlyKeys(survivors);
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  @Timeout(1800)
  void twentyDeathsLeaveNoProcessAndNoResultWrong(Jdk jdk) throws Exception {
    try (Cluster cluster = Cluster.start(jdk, Cluster.javaAgent(RECOMMENDED))) {
      Deque<TaskManager> taskManagers = new ArrayDeque<>();
      taskManagers.add(cluster.startTaskManager());
      taskManagers.add(cluster.startTaskManager());
      for (int death = 0; death < DEATHS; death++) {
        Job job = cluster.submit(NUMBERS);
        awaitAtWork(cluster, job);
        TaskManager victim = taskManagers.remove();
        System.out.printf(
            "%s, death %d: all gone after %.0f ms%n",
            jdk, death + 1, victim.killUntilGone(victim.processes()));
        taskManagers.add(cluster.startTaskManager());
        finish(cluster, job);
      }
      cluster.stop();
      // Flink halts a TaskManager that takes longer than 5 s; then it is the sentinel that ends
      // them.
      cluster.await("end of all", () -> cluster.left().isEmpty());
    }
  }

  /**
   * All that the tasks start is there, and a checkpoint lies behind them: the middle of the job.
   */
  private static void awaitAtWork(Cluster cluster, Job job, TaskManager... fresh) {
    for (TaskManager taskManager : fresh) {
      cluster.await("task at work", taskManager::isAtWork);
    }
    cluster.await("running job", () -> cluster.rest().isRunning(job.id()));
    int checkpoints = cluster.rest().checkpoints(job.id());
    cluster.await("checkpoint", () -> cluster.rest().checkpoints(job.id()) > checkpoints);
  }

  private static void finish(Cluster cluster, Job job) throws Exception {
    assertThat(cluster.rest().state(job.id())).isNotEqualTo("FINISHED");
    job.mayEnd();
    cluster.await("result", () -> cluster.rest().state(job.id()).equals("FINISHED"));
    assertThat(job.result()).isEqualTo(job.expected());
  }

  /** What no task ends, unlike the program that it ends when it ends itself. */
  private static List<Proc> helpers(TaskManager taskManager) {
    List<Proc> helpers = new ArrayList<>(taskManager.processes());
    helpers.removeAll(taskManager.worker().reported("PIPE"));
    return helpers;
  }
}
