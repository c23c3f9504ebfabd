package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shape;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Mode;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever file is gone from under a worker, its end, in order or in a crash, ends what it left.
 */
@Execution(ExecutionMode.CONCURRENT)
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record CrashFilesIT(Jdk jdk) {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Each takes seconds; {@code -Dreaper.crash.modes=all} has them all. */
  private static final List<Mode> MODES =
      "all".equals(System.getProperty("reaper.crash.modes"))
          ? List.of(Mode.CHILDREN, Mode.PROCESS_GROUP, Mode.SUBREAPER, Mode.KEEP)
          : List.of(Mode.CHILDREN, Mode.SUBREAPER);

  private static final List<End> ENDS = List.of(End.SYSTEM_EXIT, End.SIGKILL);

  /** What becomes of the agent's jar. */
  enum Fate {
    DELETED {
      @Override
      void bringTo(Path jar) throws IOException {
        Files.delete(jar);
      }
    },
    /** As cp(1) does, into the same inode. */
    OVERWRITTEN {
      @Override
      void bringTo(Path jar) throws IOException {
        Files.write(jar, new byte[(int) Files.size(jar)]);
      }
    };

    abstract void bringTo(Path jar) throws IOException;
  }

  static Stream<Arguments> modesAndEnds() {
    return Rows.withEachPair(MODES, ENDS);
  }

  static Stream<Arguments> modesEndsAndFates() {
    return Rows.withEachPair(MODES, ENDS, List.of(Fate.values()));
  }

  @ParameterizedTest
  @MethodSource("modesEndsAndFates")
  void noProcessIsLeftThoughTheAgentsJarIsGone(Mode mode, End end, Fate fate) throws IOException {
    Launch launch = Launch.on(jdk);
    Path jar = ownJar(launch, mode.arguments() + ",grace=10s");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      List<Proc> doomed = spawn(worker, mode);
      fate.bringTo(jar);
      expectNoneLeft(worker, end, doomed);
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("modesEndsAndFates")
  void noProcessIsLeftThoughTheAgentsJarIsGoneBeforeTheFirstSpawn(Mode mode, End end, Fate fate)
      throws IOException {
    Launch launch = Launch.on(jdk);
    Path jar = ownJar(launch, mode.arguments() + ",grace=10s");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty() && isIn(mode, worker.self()));
      fate.bringTo(jar);
      expectNoneLeft(worker, end, spawn(worker, mode));
    }
  }

  /** What a shell takes for the one that keep= means must not be less than that. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatKeepNamesByALinkLivesOnThoughTheAgentsJarIsGone(boolean isScript) throws IOException {
    Launch launch = Launch.on(jdk);
    Path program = launch.dir().resolve("a-program");
    if (isScript) {
      Files.writeString(program, "#!/bin/sh\nwhile :; do sleep 0.1; done\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    } else {
      Files.copy(Path.of("/bin/sleep"), program);
    }
    launch.environment("PROGRAM", program.toString());
    Path link = Files.createSymbolicLink(launch.dir().resolve("a-link"), program);
    Path jar = ownJar(launch, "process-group=true,grace=1s,keep=" + link);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc kept = Orders.spawn(worker, "program", "KEPT");
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      until(worker, () -> Traces.isWatched(worker));
      Files.delete(jar);
      Orders.kill(worker);
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(other.isAlive()).as(worker.stderr()).isFalse();
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** One that only a look at every process finds. */
  @Test
  void orphanIsToldToEndBeforeItIsKilledThoughTheAgentsJarIsGone() throws IOException {
    Launch launch = Launch.on(jdk);
    Path jar = ownJar(launch, "subreaper=true,grace=20s");
    String child =
        DeadWorkers.ORPHAN
            + """
        trap '(setsid sh -c "$ORPHAN" "$0" &); exit' TERM
        echo "CHILD $$" >>"$0/report"
        while :; do :; done
        """;
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", child)) {
      until(worker, () -> worker.reported("CHILD").size() == 1 && Traces.isWatched(worker));
      until(worker, () -> Traces.areStartsOver(worker));
      Files.delete(jar);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("ORPHAN")).hasSize(1).noneMatch(Proc::isAlive);
      assertThat(worker.dir().resolve("told")).hasContent("told");
    }
  }

  @Test
  void programThatKeepNamesIsNotSaidToBeLeftBehindThoughAChildBecomesItWhenItIsToldToEnd()
      throws IOException {
    Launch launch = Launch.on(jdk).under("setsid");
    Path program = Files.copy(Path.of("/bin/sleep"), launch.dir().resolve("a-program"));
    Path jar = ownJar(launch, "process-group=true,grace=2s,keep=" + program);
    // Not on its command line, which a name in keep= may mean, too.
    Files.writeString(
        launch.dir().resolve("script"),
        """
        exec 2>/dev/null
        trap 'exec ./a-program 1000' TERM
        echo "CHILD $$" >>report
        while :; do sleep 0.05; done
        """);
    try (Worker worker =
        launch.start(Shell.class, "echo WORKER $PPID >>report", "exec sh ./script")) {
      until(worker, () -> worker.reported("CHILD").size() == 1 && Traces.isWatched(worker));
      Files.delete(jar);
      worker.self().kill();
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("CHILD")).as(worker.stderr()).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("left behind");
    }
  }

  /** What it forks meanwhile inherits the wish. */
  @Test
  void daemonsOfAKeptProcessInTheCgroupLiveOnThoughTheAgentsJarIsGone() throws IOException {
    assumeThat(Cgroup2.isWritable()).as("may make a cgroup v2 leaf here").isTrue();
    Launch launch = Launch.on(jdk);
    Path jar = ownJar(launch, "cgroup=true,grace=1s");
    String keeper = "while :; do (setsid sh \"$0/leaf\" DAEMON &); sleep 0.3; done";
    String script = "REAPER_KEEP=true exec sh -c '" + keeper + "' \"$0\"";
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", script)) {
      until(worker, () -> worker.reported("DAEMON").size() > 1 && Traces.isWatched(worker));
      Files.delete(jar);
      worker.self().kill();
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("DAEMON")).as(worker.stderr()).allMatch(Proc::isAlive);
    }
  }

  /** As systemd-tmpfiles does in /tmp after ten days. */
  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true", "subreaper=true,keep=nobody"})
  void noProcessIsLeftThoughACleanerHasRemovedTheLedger(String options) throws IOException {
    Launch launch = Launch.on(jdk);
    Path ledgers = Traces.ledgers(launch.dir());
    launch.agent(options + ",grace=300ms,dir=" + ledgers);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      until(worker, () -> Traces.isWatched(worker) && Ledgers.name(ledgers, child));
      for (Path ledger : Traces.ledgerFiles(worker)) {
        Files.delete(ledger);
      }
      Orders.kill(worker);
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(child.isAlive()).as(worker.stderr()).isFalse();
      assertThat(worker.stderr()).contains("killed 1 process: ");
    }
  }

  /** The modes are entered beside main. */
  private static boolean isIn(Mode mode, Proc worker) throws IOException {
    String limits = Files.readString(Path.of("/proc/" + worker.pid() + "/limits"));
    return mode == Mode.CHILDREN || limits.matches("(?s).*Max file locks +\\d.*");
  }

  @ParameterizedTest
  @MethodSource("modesAndEnds")
  void noProcessIsLeftThoughTheJdkIsGone(Mode mode, End end) throws Exception {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = Launch.on(jdk);
    mode.prepare(launch, jdk, "10s", "warn");
    String mount = "mount --bind \"$0\" /mnt && shift && exec /mnt/bin/java \"$@\"";
    launch.under("unshare", "--mount", "sh", "-c", mount, jdk.home().toString());
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      List<Proc> doomed = spawn(worker, mode);
      String pid = String.valueOf(worker.self().pid());
      assertThat(
              new ProcessBuilder("nsenter", "--mount", "--target", pid, "umount", "--lazy", "/mnt")
                  .inheritIO()
                  .start()
                  .waitFor())
          .isZero();
      expectNoneLeft(worker, end, doomed);
    }
  }

  static Stream<Arguments> modesEndsAndDisks() {
    return Rows.withEachPair(MODES, ENDS, List.of("ro", "size=4k"));
  }

  /** Without a ledger the default is lost in a crash; what has a mark or a group is not. */
  @ParameterizedTest
  @MethodSource("modesEndsAndDisks")
  void noProcessThatIsNotInALedgerAloneIsLeftThoughNoDiskTakesOne(Mode mode, End end, String disk) {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = Launch.on(jdk);
    launch.agent(mode.arguments() + ",grace=10s,dir=/mnt/ledgers").jvm("-Djava.io.tmpdir=/mnt");
    launch.environment("XDG_RUNTIME_DIR", "/mnt");
    String mount = "mount -t tmpfs -o mode=1777," + disk + " tmpfs ";
    String script = mount + "/mnt && " + mount + "/dev/shm && exec \"$0\" \"$@\"";
    launch.under("unshare", "--mount", "sh", "-c", script);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      List<Proc> doomed = spawn(worker, mode);
      assertThat(worker.stderr()).contains("outlive");
      if (mode == Mode.CHILDREN && end.isCrash()) {
        doomed = List.of();
      }
      expectNoneLeft(worker, end, doomed);
    }
  }

  private Path ownJar(Launch launch, String options) throws IOException {
    Path jar = Files.copy(Launch.agentJar(), launch.dir().resolve("agent.jar"));
    launch.javaAgent(jar, options + ",dir=" + Traces.ledgers(launch.dir()));
    return jar;
  }

  /** Starts a child and a grandchild, and returns those that the mode covers. */
  private static List<Proc> spawn(Worker worker, Mode mode) {
    worker.say("spawn CHILD");
    worker.say("setsid-grandchild GRANDCHILD");
    until(worker, () -> !worker.reported("CHILD").isEmpty());
    until(worker, () -> !worker.reported("GRANDCHILD").isEmpty());
    List<Proc> doomed = new ArrayList<>(worker.reported("CHILD"));
    if (mode.kills(Shape.SETSID_GRANDCHILD)) {
      doomed.addAll(worker.reported("GRANDCHILD"));
    }
    return doomed;
  }

  private static void expectNoneLeft(Worker worker, End end, List<Proc> doomed) {
    end.bringTo(worker);
    assertThat(worker.waitFor(60)).as(worker.stderr()).isEqualTo(end.status());
    if (end.isCrash()) {
      untilAsserted(
          PATIENCE,
          () -> {
            assertThat(doomed).as(worker.stderr()).noneMatch(Proc::isAlive);
            assertThat(Traces.of(worker)).as(worker.stderr()).isEmpty();
          });
    }
    assertThat(doomed).as(worker.stderr()).noneMatch(Proc::isAlive);
    assertThat(worker.stdout()).isEmpty();
    assertThat(worker.stderr()).doesNotContain("\tat ");
  }
}
