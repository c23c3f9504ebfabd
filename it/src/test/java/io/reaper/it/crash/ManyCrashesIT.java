package io.reaper.it.crash;

import static io.reaper.it.support.Until.becomes;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.support.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A node is drained: many workers are killed at once. {@code -Dreaper.it.storm=200} says how many,
 * and has the same number of JVMs without agent and children killed first, to compare.
 */
@Tag("full")
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ManyCrashesIT(Jdk jdk) {

  private static final int USUAL = 20;
  private static final int WORKERS = Integer.getInteger("reaper.it.storm", USUAL);
  private static final int CHILDREN = Integer.getInteger("reaper.it.storm.children", 2);
  private static final int AT_A_TIME = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** One that sweeps, and one that has done so and is about to be gone. */
  private static final int MOST_SWEEPERS = 2;

  @ParameterizedTest
  @EnumSource(names = {"CHILDREN", "SUBREAPER", "KEEP"})
  void noProcessIsLeftWhenAllWorkersOfANodeAreKilledAtOnce(Mode mode, @TempDir Path temporary) {
    Path ledgers = temporary.resolve("ledgers");
    List<Worker> workers = new ArrayList<>();
    try {
      if (WORKERS > USUAL) {
        System.out.println(jdk + ": JVMs alone are gone after ms " + millisAlone());
      }
      String[] children = Collections.nCopies(CHILDREN, "obedient").toArray(String[]::new);
      start(workers, mode.arguments() + ",grace=300ms,dir=" + ledgers, children);
      List<Proc> doomed = new ArrayList<>();
      for (Worker worker : workers) {
        until(worker, () -> worker.reported("OBEDIENT").size() == CHILDREN);
        until(worker, () -> Ledgers.in(ledgers).size() == WORKERS);
        doomed.addAll(worker.reported("OBEDIENT"));
        doomed.add(worker.self());
      }
      long start = System.nanoTime();
      Proc.signal("KILL", workers.stream().map(Worker::self).toList());
      AtomicInteger most = new AtomicInteger();
      becomes(
          PATIENCE,
          () -> {
            most.accumulateAndGet(sweepers(ledgers), Math::max);
            return doomed.stream().noneMatch(Proc::isAlive) && Ledgers.in(ledgers).isEmpty();
          });
      System.out.printf("%s, %s: %d workers and", jdk, mode, WORKERS);
      System.out.printf(" their children are gone after ms %d;", millisSince(start));
      System.out.printf(" sweepers at a time: %d%n", most.get());
      assertThat(doomed).noneMatch(Proc::isAlive);
      assertThat(Ledgers.in(ledgers)).isEmpty();
      assertThat(most.get()).isLessThanOrEqualTo(MOST_SWEEPERS);
      // A sentinel that has handed its ledger over sees a moment later what was done for it.
      until(PATIENCE, () -> workers.stream().noneMatch(worker -> worker.stderr().isEmpty()));
      // Each its own, and neither sentinels that wait for their turn nor what these start.
      assertThat(workers).allMatch(worker -> isOwnLine(worker.stderr(), worker.self().pid()));
    } finally {
      workers.forEach(Worker::close);
    }
  }

  private static boolean isOwnLine(String said, long worker) {
    return said.lines().count() == 1
        && said.contains("worker " + worker + " is dead: killed " + CHILDREN + " processes: ");
  }

  private void start(List<Worker> workers, String arguments, String... children) {
    for (int i = 0; i < WORKERS; i++) {
      Launch launch = Launch.on(jdk).jvm("-Xmx16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
      if (arguments != null) {
        launch.agent(arguments);
      }
      workers.add(launch.start(Children.class, children));
      Worker before = workers.get(Math.max(0, i - AT_A_TIME));
      until(before, () -> !before.reported(Worker.SELF).isEmpty());
    }
    workers.forEach(worker -> until(worker, () -> !worker.reported(Worker.SELF).isEmpty()));
  }

  private long millisAlone() {
    List<Worker> workers = new ArrayList<>();
    try {
      start(workers, null);
      List<Proc> doomed = workers.stream().map(Worker::self).toList();
      long start = System.nanoTime();
      Proc.signal("KILL", doomed);
      until(PATIENCE, () -> doomed.stream().noneMatch(Proc::isAlive));
      return millisSince(start);
    } finally {
      workers.forEach(Worker::close);
    }
  }

  private int sweepers(Path ledgers) {
    return (int)
        Proc.withCommand(" sweep-ledger " + ledgers)
            .map(Proc::commandLine)
            .filter(line -> line.startsWith(jdk.java().toString()))
            .count();
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
