package io.reaper.it.ray;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
  private static final long AT_ONCE_MILLIS = 200;

  private static Installation ray;

  @BeforeAll
  static void rayIsThere() throws IOException {
    try {
      ray =
          Installation.of(
              System.getProperty("reaper.it.ray.version"),
              Path.of(System.getProperty("reaper.it.ray.home")));
    } catch (Installation.Unavailable e) {
      Assumptions.abort("Ray is not to be had here: " + e.getMessage());
    }
  }

  private static Jdk oldest() {
    return Jdk.all().get(0);
  }

  @ParameterizedTest
  @EnumSource
  void whatSurvivesWithoutTheAgentIsGoneWithIt(Setting setting) throws IOException {
    List<Survivors.Row> rows = Survivors.of(ray, oldest(), setting);
    System.out.println(Survivors.heading());
    rows.forEach(System.out::println);
    assertThat(rows)
        .filteredOn(Survivors.Row::agent)
        .hasSize(Ending.values().length)
        .allSatisfy(row -> assertThat(row.survivors()).isEmpty());
  }

  @Test
  void sentinelIsNoOrphanOfTheRayletsAndAllAreGoneAtOnceAfterASigkill() throws IOException {
    try (Head head = Head.start(ray, oldest(), Setting.WITH_RAYLET_SUBREAPER);
        Job canary = Job.start(head);
        Job job = Job.start(head, Survivors.AGENT)) {
      job.spawn();
      canary.spawn();
      Proc sentinel = job.ps().sentinel().orElseThrow();
      System.out.println("sentinel's parent " + sentinel.ppid() + ", raylet " + head.raylet());

      // The raylet's looks kill one generation each: when both are gone, ten seconds have passed.
      canary.worker().kill();
      awaitDeath(60, List.of(canary.process("GRANDCHILD")));
      assertThat(sentinel).matches(Proc::isAlive, "is alive");
      assertThat(job.ps().sentinel()).contains(sentinel);
      assertThat(job.processes().values()).allMatch(Proc::isAlive);

      long start = System.nanoTime();
      job.worker().kill();
      awaitDeath(20, List.copyOf(job.processes().values()));
      long millis = millisSince(start);
      System.out.println("under Ray's subreaper all is gone after ms " + millis);
      assertThat(millis).isLessThan(AT_ONCE_MILLIS);
    }
  }

  @ParameterizedTest
  @MethodSource("io.reaper.it.harness.Jdk#all")
  void sleepOfTheExampleInRaysDocumentationIsGoneAtOnce(Jdk jdk) throws IOException {
    try (Head head = Head.start(ray, jdk, Setting.NONE);
        Job job = Job.start(head, Survivors.AGENT)) {
      job.say("sleep");
      Proc sleep = job.process(Driver.SLEEP);
      Proc worker = job.worker();
      job.say("kill itself");
      Watch watch = new Watch();
      Until.within(20, () -> watch.look(List.of(worker, sleep)), sleep::commandLine);
      long start = System.nanoTime();
      Duration workers = watch.since(start, worker).orElseThrow();
      long millis = watch.since(start, sleep).orElseThrow().minus(workers).toMillis();
      System.out.println(jdk + ": Ray's actor's sleep is gone after ms " + millis);
      assertThat(millis).isLessThan(AT_ONCE_MILLIS);
    }
  }

  @Test
  void exitStatusIsTrueThoughRayIgnoresSigchld() throws IOException {
    try (Head head = Head.start(ray, oldest(), Setting.WITH_RAYLET_SUBREAPER);
        Job job = Job.start(head, Survivors.AGENT);
        Job without = Job.start(head)) {
      System.out.println("without the agent 7 reads " + without.statusOfSeven());
      assertThat(job.statusOfSeven()).isEqualTo(7);
    }
  }

  private static void awaitDeath(int seconds, List<Proc> procs) {
    Watch watch = new Watch();
    Until.within(
        seconds,
        () -> watch.look(procs),
        () -> procs.stream().filter(Proc::isAlive).map(Proc::commandLine).toList().toString());
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
