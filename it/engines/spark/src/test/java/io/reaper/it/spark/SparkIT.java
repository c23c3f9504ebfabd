package io.reaper.it.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.spark.job.Helpers;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Executors of a standalone cluster, whose tasks start processes, are killed and stopped. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#all")
record SparkIT(Jdk jdk) {

  private static final int KILLS = 20;
  private static final Duration GONE = Duration.ofMillis(200);

  /** An executor's orderly end: its own hooks, then the grace of whoever does not listen. */
  private static final Duration STOPPED = Duration.ofSeconds(10);

  private static final Pattern ADOPTED = Pattern.compile("\"adopted\": *(\\d+)");

  @Test
  void nobodyOutlivesAnExecutorThatIsKilledNorOneThatIsStopped() {
    try (Cluster cluster = new Cluster(jdk, recipe())) {
      Application application = new Application(cluster, List.of());
      for (int kill = 1; kill <= KILLS; kill++) {
        application.begin();
        awaitThatLedgersKnowTheDaemons(cluster, application);
        Executor victim = eldest(application);
        Executor other = theOther(application, victim);
        assertThat(victim.living()).as("before").hasSizeGreaterThan(1);
        List<Proc> bystanders = other.living();

        Duration until = kill(victim);

        System.out.printf("%s: kill %d: all gone in %d ms%n", jdk, kill, until.toMillis());
        assertThat(victim.living()).as("survivors of kill %d", kill).isEmpty();
        assertThat(until).as("until the last was gone").isLessThanOrEqualTo(GONE);
        assertThat(other.jvm().isAlive()).isTrue();
        assertThat(bystanders).as("of the other executor").allMatch(Proc::isAlive);
        application.awaitRetry();
        assertThat(theOther(application, other).jvm().ppid()).isEqualTo(cluster.worker().pid());
        assertThat(application.finish()).isEqualTo(Application.RIGHT_RESULT);
      }
      List<Executor> last = application.executors();
      assertThat(last).hasSize(2).allMatch(executor -> !executor.living().isEmpty());

      application.stop();

      await()
          .atMost(STOPPED)
          .until(() -> last.stream().noneMatch(executor -> executor.jvm().isAlive()));
      assertThat(application.everybody()).noneMatch(Proc::isAlive);
    }
  }

  @Test
  void withoutTheAgentTheyDo() {
    try (Cluster cluster = new Cluster(jdk, List.of())) {
      Application application = new Application(cluster, List.of());
      application.begin();
      Executor victim = eldest(application);
      victim.jvm().kill();
      application.awaitRetry();
      System.out.printf(
          "%s, no agent: %d of %d processes live after SIGKILL of their executor%n",
          jdk, victim.living().size(), victim.processes().size());
      assertThat(victim.living()).isNotEmpty();
      assertThat(application.finish()).isEqualTo(Application.RIGHT_RESULT);
      List<Executor> last = application.executors();

      application.stop();

      await()
          .atMost(STOPPED)
          .until(() -> last.stream().noneMatch(executor -> executor.jvm().isAlive()));
      List<Proc> left = application.everybody().stream().filter(Proc::isAlive).toList();
      System.out.printf("%s, no agent: %d processes live after sc.stop()%n", jdk, left.size());
      assertThat(left).isNotEmpty();
    }
  }

  private static List<String> recipe() {
    return Launch.agentIsOff()
        ? List.of()
        : List.of(
            "spark.executor.extraJavaOptions -javaagent:%s=process-group=true,subreaper=true"
                .formatted(Launch.agentJar()));
  }

  private static Executor eldest(Application application) {
    return application.executors().stream()
        .max(Comparator.comparingInt(executor -> executor.processes().size()))
        .orElseThrow();
  }

  private static Executor theOther(Application application, Executor than) {
    List<Executor> others =
        application.executors().stream()
            .filter(executor -> !executor.jvm().equals(than.jvm()))
            .toList();
    assertThat(others).hasSize(1);
    return others.get(0);
  }

  /** Kills it, and looks until its processes are gone, or a while longer than they may take. */
  private static Duration kill(Executor victim) {
    List<Proc> left = victim.living();
    long start = System.nanoTime();
    victim.jvm().kill();
    long patience = start + TimeUnit.SECONDS.toNanos(5);
    for (Proc proc : left) {
      while (proc.isAlive() && System.nanoTime() < patience) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  // The one thing that a crash would not know of at once: who has been adopted just now.
  private void awaitThatLedgersKnowTheDaemons(Cluster cluster, Application application) {
    if (Launch.agentIsOff()) {
      return;
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> adopted(cluster) == application.living(Helpers.DAEMON));
  }

  private long adopted(Cluster cluster) {
    List<String> ps =
        List.of("-jar", Launch.agentJar().toString(), "ps", "--json", "--dir=" + cluster.ledgers());
    try (Worker worker = Launch.on(jdk).start(jdk.java(), ps)) {
      worker.waitFor(20);
      return ADOPTED
          .matcher(worker.stdout())
          .results()
          .mapToLong(match -> Long.parseLong(match.group(1)))
          .sum();
    }
  }
}
