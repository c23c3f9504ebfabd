package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Shells;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A sentinel among the settings, files and readers that its worker has happened to be given. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record SentinelSurroundingsIT(Jdk jdk) {

  private static final int MEMBERS = 60;

  private static final String REPORT_THE_WORKER = "echo \"WORKER $PPID\" >> \"$0/report\"; exit 0";

  private static final Pattern NEEDED =
      Pattern.compile("(PATH|HOME|TMPDIR|LANG|TZ|(LC_|LD_|XDG_|QEMU_|NIX_LD|reaper_).*)=.*");

  private Launch launch(String options) {
    Launch launch = Launch.on(jdk);
    return launch.agent(options + ",dir=" + Traces.ledgers(launch.dir()));
  }

  private static void kill(Worker worker) {
    until(worker, () -> Traces.isWatched(worker));
    worker.self().kill();
    assertThat(worker.waitFor(20)).isEqualTo(137);
  }

  private static void expectNothing(Worker worker, String name) {
    untilAsserted(
        () -> {
          assertThat(worker.reported(name)).as(worker.stderr()).noneMatch(Proc::isAlive);
          assertThat(Traces.of(worker)).as(worker.stderr()).isEmpty();
        });
  }

  /** By TMOUT bash gives up reading the lifeline, and by GLOBIGNORE it sees no process. */
  @Test
  void sentinelHasOfTheWorkersEnvironmentWhatItNeedsAlone() throws IOException {
    Launch launch = launch("children=true").environment("LC_TIME", "C");
    for (String setting : List.of("TMOUT", "GLOBIGNORE", "FUNCNEST", "OPTIND", "GREP_OPTIONS")) {
      launch.environment(setting, "2");
    }
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(worker, () -> Traces.isWatched(worker));
      String sentinel = Long.toString(Traces.sentinels(worker).get(0).pid());
      byte[] environment = Files.readAllBytes(Path.of("/proc", sentinel, "environ"));
      assertThat(new String(environment, StandardCharsets.UTF_8).split("\0"))
          .contains("LC_TIME=C")
          .allMatch(variable -> NEEDED.matcher(variable.lines().findFirst().orElse("")).matches());
      kill(worker);
      expectNothing(worker, "CHILD");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "setsid"})
  void directoryOfTheNameOfAProgramIsPassedOver(String name) throws IOException {
    Launch launch = launch("children=true");
    Path directory = Files.createDirectories(launch.dir().resolve("bin").resolve(name));
    launch.environment("PATH", directory.getParent() + ":" + System.getenv("PATH"));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      kill(worker);
      expectNothing(worker, "CHILD");
      assertThat(worker.stderr().lines()).allMatch(line -> line.startsWith("reaper-agent: "));
    }
  }

  /** Of a list that loses members while it is read bash misses some, and takes parts of numbers. */
  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox"})
  void eachMemberOfTheCgroupHasItsGraceInEveryShell(String shell) throws IOException {
    assumeThat(Cgroup2.isWritable()).as("may make a cgroup").isTrue();
    Launch launch = Shells.first(shell, launch("cgroup=true,children=false,grace=20s"));
    String member =
        """
        exec >/dev/null 2>&1
        trap 'echo ASKED $$ >> "$0/report"; exit 0' TERM
        echo MEMBER $$ >> "$0/report"
        sleep 1000 &
        wait
        """;
    Path script = Files.writeString(launch.dir().resolve("member"), member);
    String all =
        "i=0; while [ $i -lt %d ]; do setsid sh -c \"$(cat %s)\" \"$0\" & i=$((i+1)); done; exit 0"
            .formatted(MEMBERS, script);
    try (Worker worker = launch.start(Shell.class, REPORT_THE_WORKER, all)) {
      until(worker, () -> worker.reported("MEMBER").size() == MEMBERS);
      kill(worker);
      expectNothing(worker, "MEMBER");
      assertThat(worker.reported("ASKED"))
          .as(worker.stderr())
          .containsExactlyInAnyOrderElementsOf(worker.reported("MEMBER"));
    }
  }

  /** As systemd's ProcSubset=pid mounts it: without /proc/uptime, which is the clock elsewhere. */
  @Test
  void childHasItsGraceWhereProcShowsNothingButProcesses() throws IOException {
    String[] subset = {
      "unshare",
      "--mount",
      "sh",
      "-c",
      "mount -t proc -o subset=pid proc /proc && exec \"$0\" \"$@\""
    };
    assumeThat(Machine.allows(subset)).as("may mount such a /proc").isTrue();
    String child =
        """
        exec >/dev/null 2>&1
        trap 'sleep 1; echo "SAVED $$" >> "$0/report"; exit 0' TERM
        echo "CHILD $$" >> "$0/report"
        while :; do sleep 0.05; done
        """;
    Launch launch = launch("grace=20s").under(subset);
    try (Worker worker = launch.start(Shell.class, REPORT_THE_WORKER, child)) {
      until(worker, () -> worker.reported("CHILD").size() == 1);
      kill(worker);
      expectNothing(worker, "CHILD");
      assertThat(worker.reported("SAVED")).as(worker.stderr()).hasSize(1);
      assertThat(worker.stderr()).contains("killed 1 process: ").doesNotContain("[error]");
    }
  }

  /** What reads it may hang, which is a reason to kill a worker. */
  @Test
  void orphanOfTheLastMomentDiesThoughThePipeToStderrIsFull() {
    Launch launch = launch("subreaper=true,grace=300ms");
    String full =
        """
        mkfifo err && exec 2<>err || exit
        head -c 65536 /dev/zero >&2
        sleep 1000 &
        exec "$0" "$@"
        """;
    launch.under("sh", "-c", full);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(worker, () -> Traces.isWatched(worker));
      worker.say("hide-and-kill HIDDEN");
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported("HIDDEN").size() == 1);
      untilAsserted(
          () -> {
            assertThat(worker.reported("HIDDEN")).noneMatch(Proc::isAlive);
            assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
            assertThat(Traces.ledgerFiles(worker)).isEmpty();
          });
    }
  }
}
