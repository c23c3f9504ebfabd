package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shape;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Mode;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Shells;
import io.reaper.it.support.Traces;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a crash has taken, memory, process slots or time, no process is left of the worker. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record CrashIT(Jdk jdk) {

  /** A machine that is busy, and bash, which tries for a quarter of a minute to fork. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Those that a quick build leaves out have two of them. */
  private static final Set<Mode> ALONE =
      EnumSet.of(Mode.CHILDREN, Mode.PROCESS_GROUP, Mode.SUBREAPER, Mode.KEEP, Mode.CGROUP);

  private static final int GROWERS = 40;
  private static final int DEAF = 20;

  /** For the worker and its sentinel, and for a third of what the children take. */
  private static final String MEMORY = "250M";

  @ParameterizedTest
  @EnumSource(names = {"CHILDREN", "SUBREAPER", "SUBREAPER_AND_PROCESS_GROUP"})
  void noProcessIsLeftOrStoppedWhenMemoryRunsOut(Mode mode) throws Exception {
    assumeThat(Cgroup1.isWritable("memory")).as("may limit memory").isTrue();
    Launch launch = Launch.on(jdk).jvm("-Xmx32m");
    mode.prepare(launch, jdk, "300ms", "warn");
    fifo(launch.dir().resolve("never"));
    String[] growers = Collections.nCopies(GROWERS, "grower").toArray(String[]::new);
    try (Cgroup1 memory = Cgroup1.create("memory");
        RandomAccessFile go = new RandomAccessFile(fifo(launch.dir().resolve("go")), "rw");
        Worker worker = memory.around(launch).start(Children.class, growers)) {
      memory.set("memory.limit_in_bytes", MEMORY);
      until(worker, () -> worker.reported("GROWER").size() == GROWERS);
      until(worker, () -> Traces.isWatched(worker));
      // The first that the kernel takes (proc(5)), whatever it has.
      Files.writeString(Path.of("/proc/" + worker.self().pid() + "/oom_score_adj"), "1000\n");
      go.writeBytes("\n".repeat(GROWERS));
      assertThat(worker.waitFor(60)).isEqualTo(137);
      expectNoneLeft(worker, worker.reported("GROWER"));
    }
  }

  private static File fifo(Path path) throws Exception {
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    return path.toFile();
  }

  static Stream<Arguments> modesAndShells() {
    return Stream.of("dash", "bash", "busybox")
        .flatMap(
            shell ->
                Stream.of(Mode.values())
                    .filter(mode -> mode != Mode.WATCH_ONLY && mode != Mode.RUN)
                    .filter(mode -> Jdk.FULL || ALONE.contains(mode))
                    .filter(mode -> Jdk.FULL || shell.equals("dash") || mode == Mode.CHILDREN)
                    .map(mode -> Arguments.of(mode, shell)));
  }

  @ParameterizedTest
  @MethodSource("modesAndShells")
  void noProcessIsLeftWhenNotEvenTheSentinelMayFork(Mode mode, String shell) throws IOException {
    expectNoneLeftAfterForks(0, mode, shell);
  }

  /** Its first fork is that of the process that does the work. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource("modesAndShells")
  void noProcessIsLeftWhenTheSentinelMayForkOnce(Mode mode, String shell) throws IOException {
    expectNoneLeftAfterForks(1, mode, shell);
  }

  private void expectNoneLeftAfterForks(int forks, Mode mode, String shell) throws IOException {
    assumeThat(Cgroup1.isWritable("pids")).as("may limit process slots").isTrue();
    assumeThat(!mode.isCgroup() || Cgroup2.isWritable()).as("may make a cgroup").isTrue();
    Launch launch = Shells.first(shell, Launch.on(jdk));
    mode.prepare(launch, jdk, "300ms", "warn");
    try (Cgroup1 pids = Cgroup1.create("pids");
        Worker worker = pids.around(launch).start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      worker.say("setsid-grandchild GRANDCHILD");
      until(worker, () -> !worker.reported("GRANDCHILD").isEmpty());
      until(worker, () -> !worker.reported("CHILD").isEmpty());
      until(worker, () -> Traces.isWatched(worker));
      Orders.settle(worker);
      List<Proc> doomed = worker.reported("CHILD");
      if (mode.kills(Shape.SETSID_GRANDCHILD)) {
        doomed = Stream.concat(doomed.stream(), worker.reported("GRANDCHILD").stream()).toList();
      }
      // Reached as soon as the worker's threads are gone.
      int threads = new File("/proc/" + worker.self().pid() + "/task").list().length;
      pids.set("pids.max", pids.get("pids.current") - threads + forks);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      expectNoneLeft(worker, doomed);
    }
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(names = {"CHILDREN", "SUBREAPER", "SUBREAPER_AND_PROCESS_GROUP"})
  void allAreKilledHoweverLittleTimeTheSentinelGets(Mode mode) throws IOException {
    assumeThat(Cgroup1.isWritable("cpu")).as("may limit time").isTrue();
    Launch launch = Launch.on(jdk).jvm("-Xmx16m", "-XX:+UseSerialGC");
    mode.prepare(launch, jdk, "100ms", "warn");
    String[] deaf = Collections.nCopies(DEAF, "deaf").toArray(String[]::new);
    try (Cgroup1 cpu = Cgroup1.create("cpu");
        Worker worker = cpu.around(launch).start(Children.class, deaf)) {
      until(worker, () -> worker.reported("DEAF").size() == DEAF);
      until(worker, () -> Traces.isWatched(worker));
      List<Proc> doomed = worker.reported("DEAF");
      cpu.set("cpu.cfs_period_us", 100_000);
      cpu.set("cpu.cfs_quota_us", 1000);
      worker.self().kill();
      until(PATIENCE, () -> Traces.ledgerFiles(worker).isEmpty());
      // What removes the ledger says that none is left.
      assertThat(doomed).as(worker.stderr()).noneMatch(Proc::isAlive);
      expectNoneLeft(worker, doomed);
      // The sentinel speaks last of all.
      assertThat(worker.stderr()).contains("killed " + DEAF + " processes");
    }
  }

  private static void expectNoneLeft(Worker worker, List<Proc> doomed) {
    untilAsserted(
        PATIENCE,
        () -> {
          assertThat(doomed).as(worker.stderr()).noneMatch(Proc::isAlive);
          assertThat(Traces.sentinels(worker)).as(worker.stderr()).isEmpty();
          // Without a fork only one thing can be removed; an empty leaf goes with the next
          // worker's.
          assertThat(Traces.ledgerFiles(worker)).as(worker.stderr()).isEmpty();
        });
    assertThat(worker.stderr().lines()).isNotEmpty().allMatch(CrashIT::isOfTheAgent);
    assertThat(worker.stderr()).doesNotContain("left behind");
  }

  private static boolean isOfTheAgent(String line) {
    return line.startsWith("reaper-agent: ");
  }
}
