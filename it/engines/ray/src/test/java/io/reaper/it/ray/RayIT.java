package io.reaper.it.ray;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Venv;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The agent in real, unmodified Java workers of Ray, beside Ray's own settings. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RayIT {

  /** From a SIGKILL of the worker to the death of the last process that it started. */
  private static final Duration AT_ONCE = Duration.ofMillis(200);

  private static final int ROUNDS = 5;
  private static final int SIGCHLD = 17;

  private static final List<String> ALL =
      List.of("child", "shell", "grandchild", "setsid", "daemon");
  private static final List<String> DETACHED = List.of("setsid", "daemon");

  private static Venv ray;

  @BeforeAll
  static void rayIsThere() throws IOException {
    try {
      ray =
          Venv.of(
              "ray",
              System.getProperty("reaper.it.ray.version"),
              Path.of(System.getProperty("reaper.it.ray.home")));
    } catch (Venv.Unavailable e) {
      Assumptions.abort("Ray is not to be had here: " + e.getMessage());
    }
  }

  private static Jdk oldest() {
    return Jdk.forEngines().get(0);
  }

  @ParameterizedTest
  @EnumSource
  void whatSurvivesWithoutTheAgentAndWithIt(Setting setting) throws IOException {
    List<Survivors.Row> rows = Survivors.of(ray, oldest(), setting);
    System.out.println(Survivors.heading());
    rows.forEach(System.out::println);
    SoftAssertions softly = new SoftAssertions();
    for (Survivors.Row row : rows) {
      switch (row.agent()) {
        case OFF -> softly.assertThat(row.survivors()).as("%s", row).isEqualTo(ofRayAlone(row));
        case SUBREAPER, CGROUP -> softly.assertThat(row.survivors()).as("%s", row).isEmpty();
      }
    }
    softly.assertAll();
  }

  /** What Ray leaves behind. */
  private static List<String> ofRayAlone(Survivors.Row row) {
    return switch (row.setting()) {
      case NONE -> ALL;
      case KILL_CHILD_PROCESSES_ON_WORKER_EXIT ->
          row.ending() == Ending.SIGKILL ? ALL : List.of("grandchild", "setsid", "daemon");
      case PROCESS_GROUP_CLEANUP_ENABLED, AS_SHIPPED -> DETACHED;
      case WITH_RAYLET_SUBREAPER -> List.of();
    };
  }

  @Test
  void sentinelThatTheRayletTakesForAnOrphanIsReplacedAtOnceByOneThatItSpares() throws IOException {
    try (Head head = Head.start(ray, oldest(), Setting.WITH_RAYLET_SUBREAPER);
        Job canary = Job.start(head, Agent.OFF);
        Job job = Job.start(head, Agent.SUBREAPER)) {
      job.spawn();
      canary.spawn();
      Proc first = job.sentinel().orElseThrow();
      assertThat(first.ppid()).isEqualTo(head.raylet().pid());

      // Each of the raylet's looks ends one generation: with both gone, ten seconds have passed.
      canary.worker().kill();
      awaitDeath(60, List.of(first));
      long start = System.nanoTime();
      Until.within(20, () -> !job.sentinels().isEmpty(), () -> "no other sentinel");
      System.out.println(
          "without a sentinel for ms " + Duration.ofNanos(System.nanoTime() - start).toMillis());
      Proc second = job.sentinels().get(0);
      awaitDeath(60, List.of(canary.process("GRANDCHILD")));
      assertThat(second).matches(Proc::isAlive, "lives on");
      assertThat(second.ppid()).isEqualTo(job.worker().pid());
      assertThat(job.processes().values()).allMatch(Proc::isAlive);

      job.worker().kill();
      awaitDeath(20, List.copyOf(job.processes().values()));
    }
  }

  @ParameterizedTest
  @EnumSource(value = Agent.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
  void allAreGoneAtOnceAfterASigkillUnderRaysSubreaper(Agent agent) throws IOException {
    Assumptions.assumeTrue(agent.isToBeHad(oldest()), "there is no writable cgroup v2 here");
    List<Duration> rounds = new ArrayList<>();
    try (Head head = Head.start(ray, oldest(), Setting.WITH_RAYLET_SUBREAPER)) {
      for (int round = 0; round < ROUNDS; round++) {
        try (Job job = Job.start(head, agent)) {
          List<Proc> processes = List.copyOf(job.spawn().processes().values());
          Proc worker = job.worker();
          long start = System.nanoTime();
          worker.kill();
          rounds.add(lastDeath(start, processes));
        }
      }
    }
    expectAtOnce(agent + ", under Ray's subreaper, after SIGKILL", rounds);
  }

  @ParameterizedTest
  @MethodSource("io.reaper.it.harness.Jdk#forEngines")
  void sleepOfTheExampleInRaysDocumentationIsGoneAtOnce(Jdk jdk) throws IOException {
    List<Duration> rounds = new ArrayList<>();
    try (Head head = Head.start(ray, jdk, Setting.NONE)) {
      for (int round = 0; round < ROUNDS; round++) {
        try (Job job = Job.start(head, Agent.SUBREAPER)) {
          job.say("sleep");
          Proc sleep = job.process(Driver.SLEEP);
          Proc worker = job.worker();
          job.say("kill itself");
          Until.within(60, () -> !worker.isAlive(), worker::commandLine);
          rounds.add(lastDeath(System.nanoTime(), List.of(sleep)));
        }
      }
    }
    expectAtOnce(jdk + ", the sleep of Ray's example", rounds);
  }

  /**
   * Others want the CPU too, which makes it longer and never shorter: the shortest is the agent.
   */
  private static void expectAtOnce(String what, List<Duration> rounds) {
    List<Duration> sorted = rounds.stream().sorted().toList();
    System.out.println(
        what + ": gone after ms " + sorted.stream().map(Duration::toMillis).toList());
    assertThat(sorted.get(0)).isLessThan(AT_ONCE);
  }

  @Test
  void exitStatusIsLostWhereRayIgnoresSigchldWithTheAgentToo() throws IOException {
    try (Head head = Head.start(ray, oldest(), Setting.WITH_RAYLET_SUBREAPER);
        Job with = Job.start(head, Agent.SUBREAPER);
        Job without = Job.start(head, Agent.OFF)) {
      for (Job job : List.of(with, without)) {
        Until.within(60, () -> job.worker().ignores(SIGCHLD), () -> "never ignored");
      }
      // sigchld=default leaves the signal as it is, as native code may count on that.
      Map<Agent, Integer> read =
          Map.of(Agent.SUBREAPER, with.statusOfSeven(), Agent.OFF, without.statusOfSeven());
      assertThat(read).isEqualTo(Map.of(Agent.SUBREAPER, 0, Agent.OFF, 0));
    }
  }

  private static Duration lastDeath(long start, List<Proc> procs) {
    Watch watch = awaitDeath(20, procs);
    return procs.stream()
        .map(proc -> watch.since(start, proc).orElseThrow())
        .max(Duration::compareTo)
        .orElseThrow();
  }

  private static Watch awaitDeath(int seconds, List<Proc> procs) {
    Watch watch = new Watch();
    Until.within(
        seconds,
        () -> watch.look(procs),
        () -> procs.stream().filter(Proc::isAlive).map(Proc::commandLine).toList().toString());
    return watch;
  }
}
