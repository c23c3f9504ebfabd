package io.reaper.it.crash;

import static io.reaper.it.support.Until.becomes;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Chaos;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Mode;
import io.reaper.it.support.Traces;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A worker that spawns in eight threads as fast as it can is killed at any moment, many times over:
 * {@code -Dreaper.chaos.rounds=200}. A seed that is printed gives the same moments again: {@code
 * -Dreaper.chaos.seed=…}.
 */
@Tag("full")
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ChaosIT(Jdk jdk) {

  private static final int ROUNDS = Integer.getInteger("reaper.chaos.rounds", 10);
  private static final long SEED = Long.getLong("reaper.chaos.seed", System.nanoTime());

  /**
   * From before the first spawn, which waits for the modes and the sentinel, to hundreds of them.
   */
  private static final int LAST_MOMENT_MILLIS = 500;

  private static final Duration SWEEP = Duration.ofSeconds(20);

  /** The kernel's own: from a SIGKILL that was sent to hundreds to the last one's end. */
  private static final Duration EXIT_LATENCY = Duration.ofMillis(300);

  @ParameterizedTest
  @EnumSource(names = {"SUBREAPER", "SUBREAPER_AND_PROCESS_GROUP", "CGROUP", "RUN"})
  void noDescendantOutlivesTheWorker(Mode mode) {
    assumeFalse(mode.isCgroup() && !Cgroup2.isWritable(), "there is no writable cgroup v2 here");
    System.out.printf("%s, %s: chaos with seed %d%n", jdk, mode, SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(survivors(mode, random.nextInt(LAST_MOMENT_MILLIS), random.nextBoolean()))
          .as("what outlived the worker in round %d of %s, %s", round, jdk, mode)
          .isEmpty();
    }
  }

  private List<String> survivors(Mode mode, int millis, boolean polite) {
    Launch launch = Launch.on(jdk).jvm("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m");
    mode.prepare(launch, jdk, polite ? "50ms" : "0", "warn");
    try (TaggedSleeps mark = TaggedSleeps.create();
        Worker worker = launch.start(Chaos.class, mark.stays(), mark.leaves())) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      awaitEndOfSentinel(worker);
      List<Proc> left = mark.stillAliveAfter(EXIT_LATENCY);
      // A worker killed before its first spawn had no sentinel to remove the leaf, which is empty.
      Traces.leaves(worker).forEach(leaf -> leaf.toFile().delete());
      return left.stream().map(proc -> proc.pid() + " " + proc.commandLine()).toList();
    }
  }

  private static void awaitEndOfSentinel(Worker worker) {
    if (!becomes(SWEEP, () -> Traces.sentinels(worker).isEmpty())) {
      throw new AssertionError(Traces.holdersOfLifelines(worker).toString());
    }
  }

  /**
   * Stops the first of the worker's children that it finds in the middle of its start: the JDK's
   * helper, before it closes what it has of the worker's, as it does just before it becomes another
   * program.
   */
  private static final String CATCH =
      """
      while [ -d /proc/$0 ]; do
        for children in /proc/$0/task/*/children; do
          read -r pids <$children
          for pid in $pids; do
            read -r name </proc/$pid/comm && [ "$name" = jspawnhelper ] && kill -STOP $pid || continue
            until read -r line </proc/$pid/stat && [ "${line#*) T}" != "$line" ]; do
              [ -d /proc/$pid ] || continue 2
            done
            read -r name </proc/$pid/comm && [ "$name" = jspawnhelper ] &&
              ls -l /proc/$pid/fd | grep -q ledger && echo $pid && exit
            kill -CONT $pid
          done
        done
      done 2>/dev/null
      """;

  /** Whether what is started from now on does not hold open what the sentinel waits for. */
  private static boolean hasClosedLifeline(Worker worker) {
    Path descriptors = Path.of("/proc/" + worker.self().pid(), "fdinfo");
    String[] names = descriptors.toFile().list();
    // O_CLOEXEC, O_LARGEFILE, O_RDWR (open(2)): a file that is no pipe is not closed on exec.
    return Stream.of(names == null ? new String[0] : names)
        .anyMatch(name -> flags(descriptors.resolve(name)).equals("02100002"));
  }

  private static String flags(Path descriptor) {
    try {
      return Files.readAllLines(descriptor).get(1).replaceAll("\\D", "");
    } catch (IOException | IndexOutOfBoundsException closed) {
      return "";
    }
  }

  private static Proc catchOne(Worker worker) throws IOException {
    Process catching =
        new ProcessBuilder("sh", "-c", CATCH, Long.toString(worker.self().pid())).start();
    try (BufferedReader out = catching.inputReader()) {
      String pid = out.readLine();
      assertThat(pid).as("the pid of a child that is being started").isNotNull();
      return Proc.of(Long.parseLong(pid)).orElseThrow();
    } finally {
      catching.destroyForcibly();
    }
  }

  @Test
  void childCaughtInTheMiddleOfItsStartDoesNotOutliveTheWorker() throws IOException {
    Launch launch =
        Launch.on(jdk).under("setsid").jvm("-Djdk.lang.Process.launchMechanism=POSIX_SPAWN");
    launch.agent("grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (TaggedSleeps mark = TaggedSleeps.create();
        Worker worker = launch.start(Chaos.class, mark.stays(), mark.leaves())) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty() && hasClosedLifeline(worker));
      Proc caught = catchOne(worker);
      // JDK 11 gives it no name on its command line.
      assertThat(caught.status("Name")).isEqualTo("jspawnhelper");
      worker.self().kill();
      until(SWEEP, () -> !caught.isAlive());
      assertThat(worker.waitFor(20)).isEqualTo(137);
    }
  }
}
