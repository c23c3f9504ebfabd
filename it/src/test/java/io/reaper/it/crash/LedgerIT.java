package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a worker leaves behind that dies together with its sentinel, and who is not hit for it. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record LedgerIT(Jdk jdk) {

  private static final String OBEDIENT = "OBEDIENT";
  private static final int NOBODY = 65534;

  /** What a command has said, and its status. */
  private record Said(int status, String out, String err) {}

  @BeforeEach
  void withTheAgentOnly() {
    assumeThat(Launch.agentIsOff()).isFalse();
  }

  private Worker twoChildren(Launch launch, Path ledgers) {
    Worker worker =
        launch.agent("grace=20s,dir=" + ledgers).start(Children.class, "obedient", "obedient");
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    until(worker, () -> worker.reported(OBEDIENT).size() == 2);
    return worker;
  }

  private Worker twoChildren() {
    Launch launch = Launch.on(jdk);
    return twoChildren(launch, ledgers(launch.dir()));
  }

  private static Path ledgers(Path directory) {
    return directory.resolve("ledgers");
  }

  private static List<Path> ledgersOf(Worker worker) throws IOException {
    try (Stream<Path> files = Files.list(ledgers(worker.dir()))) {
      return files.filter(file -> file.toString().endsWith(".ledger")).toList();
    }
  }

  private static Path ledgerOf(Worker worker) throws IOException {
    assertThat(ledgersOf(worker)).hasSize(1);
    return ledgersOf(worker).get(0);
  }

  /** Nobody's child that has the ledger on its command line. */
  private static Proc sentinelOf(Worker worker) {
    String ledgers = ledgers(worker.dir()).toString();
    List<Proc> sentinels =
        Proc.all()
            .filter(proc -> proc.commandLine().contains(ledgers))
            .filter(proc -> !proc.equals(worker.self()) && proc.ppid() != worker.self().pid())
            .filter(Proc::isAlive)
            .toList();
    assertThat(sentinels).hasSize(1);
    return sentinels.get(0);
  }

  /** In the same instant: a sentinel that is stopped has no chance to act. */
  private static void killWithItsSentinel(Worker worker) {
    Proc sentinel = sentinelOf(worker);
    sentinel.signal("STOP");
    until(() -> sentinel.state() == 'T');
    Proc.signal("KILL", List.of(worker.self(), sentinel));
    assertThat(worker.waitFor(10)).isEqualTo(137);
    until(() -> !sentinel.isAlive());
    assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
  }

  private Said sweep(Worker worker) throws IOException {
    File out = worker.dir().resolve("sweep.out").toFile();
    File err = worker.dir().resolve("sweep.err").toFile();
    String[] command = {
      jdk.java().toString(),
      "-jar",
      Launch.agentJar().toString(),
      "sweep",
      "--dir",
      ledgers(worker.dir()).toString()
    };
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process sweep = builder.start();
    try {
      assertThat(sweep.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    String said = Files.readString(err.toPath());
    return new Said(sweep.exitValue(), Files.readString(out.toPath()), said);
  }

  @Test
  void sweepEndsWhatIsLeftOfAWorkerThatDiedWithItsSentinel() throws IOException {
    try (Worker worker = twoChildren()) {
      killWithItsSentinel(worker);
      Said said = sweep(worker);
      assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
      assertThat(said.err.lines())
          .singleElement()
          .asString()
          .contains("worker " + worker.self().pid() + " is dead: killed 2 processes: ")
          .contains("[" + worker.reported(OBEDIENT).get(0).pid() + "]");
      assertThat(said.out).startsWith("swept up after 1 dead worker in ");
      assertThat(said.status).isZero();
      assertThat(ledgersOf(worker)).isEmpty();
      assertThat(sweep(worker).out).startsWith("swept up after 0 dead workers in ");
    }
  }

  /** As one does who was kept, and inherits the mark of a worker that is long dead. */
  @Test
  void sweepLeavesAloneWhoWasStartedAfterwardsWithTheMark() throws IOException {
    Launch launch = Launch.on(jdk).environment("REAPER_SUBREAPER", "true");
    try (Worker worker = twoChildren(launch, ledgers(launch.dir()))) {
      String limits = Files.readString(Path.of("/proc/" + worker.self().pid() + "/limits"));
      String mark = limits.replaceAll("(?s).*Max file locks +(\\d+).*", "$1");
      killWithItsSentinel(worker);
      Process later =
          new ProcessBuilder("prlimit", "--locks=" + mark + ":", "sleep", "1000").start();
      try {
        assertThat(sweep(worker).status).isZero();
        assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
        assertThat(later.isAlive()).isTrue();
      } finally {
        later.destroyForcibly();
      }
    }
  }

  @Test
  void nextWorkerOfThatUserEndsWhatIsLeft() throws IOException {
    try (Worker worker = twoChildren()) {
      killWithItsSentinel(worker);
      Path ledger = ledgerOf(worker);
      try (Worker next = twoChildren(Launch.on(jdk), ledgers(worker.dir()))) {
        until(() -> worker.reported(OBEDIENT).stream().noneMatch(Proc::isAlive));
        until(() -> !Files.exists(ledger));
        assertThat(next.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
        assertThat(next.stderr())
            .contains("worker " + worker.self().pid() + " is dead: killed 2 processes: ");
        assertThat(ledgersOf(worker)).as("of the next worker").hasSize(1);
      }
    }
  }

  @Test
  void workerThatLivesIsLeftAlone() throws IOException {
    try (Worker worker = twoChildren()) {
      Said said = sweep(worker);
      assertThat(said.err).isEmpty();
      assertThat(said.out).startsWith("swept up after 0 dead workers");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
      assertThat(worker.isAlive()).isTrue();
      assertThat(ledgersOf(worker)).hasSize(1);
    }
  }

  /** What may have become of a ledger. */
  enum Spoiled {
    LINK("is a link") {
      @Override
      void spoil(Path ledger) throws IOException {
        Files.createSymbolicLink(ledger, Files.move(ledger, ledger.resolveSibling("moved")));
      }
    },
    FOREIGN("belongs to user " + NOBODY) {
      @Override
      void spoil(Path ledger) throws IOException {
        assumeThat(Files.getAttribute(ledger, "unix:uid")).as("only root can").isEqualTo(0);
        Files.setAttribute(ledger, "unix:uid", NOBODY);
      }
    },
    TRUNCATED("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(ledger.toFile(), "rw")) {
          file.setLength(2000);
        }
      }
    },
    /** The cgroup of everybody: to write to its cgroup.kill would end the machine. */
    CGROUP_OF_OTHERS("is no cgroup that this worker has made") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "cgroup -", "cgroup /sys/fs/cgroup");
      }
    },
    NAMES_INIT("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "(?m)^child +\\d+", "child              -1");
      }
    },
    NUL_IN_A_PATH("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "cgroup -", "cgroup\0-");
      }
    };

    private final String reason;

    Spoiled(String reason) {
      this.reason = reason;
    }

    abstract void spoil(Path ledger) throws IOException;
  }

  /** Puts something else in the place of a line's beginning, and leaves every other where it is. */
  private static void rewrite(Path ledger, String line, String other) throws IOException {
    String text = Files.readString(ledger);
    String spoilt = text.replaceFirst(line, other);
    assertThat(spoilt).isNotEqualTo(text);
    int end = spoilt.indexOf("\nend ") + 5;
    int more = spoilt.length() - text.length();
    Files.writeString(ledger, spoilt.substring(0, end) + spoilt.substring(end + Math.max(0, more)));
  }

  @ParameterizedTest
  @EnumSource
  void spoiledLedgerIsRefusedInOneLineAndKillsNobody(Spoiled how) throws IOException {
    try (Worker worker = twoChildren()) {
      killWithItsSentinel(worker);
      how.spoil(ledgerOf(worker));
      Said said = sweep(worker);
      assertThat(said.err.lines())
          .singleElement()
          .asString()
          .contains("not to be trusted, and nobody is killed: ", how.reason);
      assertThat(said.out).startsWith("swept up after 0 dead workers");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  @Test
  void ledgerOfAnotherVersionIsLeftAloneAndTheNextOneIsSwept() throws IOException {
    try (Worker worker = twoChildren()) {
      killWithItsSentinel(worker);
      Path other = ledgers(worker.dir()).resolve("2-1.ledger");
      Files.writeString(other, "reaper-agent ledger 6 sentinel\n");
      Path damaged = ledgers(worker.dir()).resolve("3-1.ledger");
      Files.writeString(damaged, "reaper-agent ledger 5 sentinel\n");
      Said said = sweep(worker);
      assertThat(said.err)
          .contains(other + " is of another version of the agent, and is left alone")
          .contains(damaged + " is not to be trusted, and nobody is killed: it is torn");
      assertThat(said.out).startsWith("swept up after 1 dead worker in ");
      assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
      assertThat(List.of(other, damaged)).allMatch(Files::exists);
    }
  }

  @Test
  void directoryThatOthersCanEnterIsRefusedInOneLineAndKillsNobody() throws IOException {
    try (Worker worker = twoChildren()) {
      killWithItsSentinel(worker);
      Files.setPosixFilePermissions(
          ledgers(worker.dir()), PosixFilePermissions.fromString("rwxr-xr-x"));
      Said said = sweep(worker);
      assertThat(said.status).isEqualTo(1);
      assertThat(said.err.lines()).singleElement().asString().contains("has mode 755, not 700");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  /**
   * Runs in a PID namespace of its own, as its first process, where the next number can be chosen;
   * in a directory of its own, as the numbers in its report are not those outside.
   */
  private static final String OTHER_HANDS =
      """
      java=$1 jar=$2 classes=$3 dir=$4 modes=$5 reused=$6
      mkdir "$dir/inside" && cp "$dir/leaf" "$dir/inside/leaf" && : >"$dir/inside/report"
      mkfifo "$dir/in" && exec 3<>"$dir/in"
      "$java" "-javaagent:$jar=grace=20s,dir=$dir/ledgers$modes" -cp "$classes" \\
        io.reaper.it.scenario.Children "$dir/inside/report" obedient obedient <&3 &
      worker=$!
      until [ "$(grep -c . "$dir/inside/report")" = 3 ]; do sleep 0.05; done
      set -- $(sed -n 's/^OBEDIENT //p' "$dir/inside/report")
      child=$1 other=$2
      for process in /proc/[0-9]*; do
        case $(tr '\\0' ' ' 2>/dev/null <"$process/cmdline") in
          "$java"*) ;;
          *reaper-sentinel*"$dir/ledgers"*) sentinel=${process#/proc/} ;;
        esac
      done
      kill -STOP "$sentinel"
      until grep -q ') T ' "/proc/$sentinel/stat"; do sleep 0.05; done
      kill -KILL "$worker" "$sentinel"
      wait "$worker"
      if [ "$reused" = worker ]; then
        number=$worker
        kill -KILL "$child" "$other"
        other=none
      else
        number=$child
        kill -KILL "$child"
      fi
      while [ -d "/proc/$number" ]; do sleep 0.05; done
      while :; do
        echo $((number - 1)) >/proc/sys/kernel/ns_last_pid
        setsid sleep 1000 3<&- &
        innocent=$!
        [ "$innocent" = "$number" ] && break
        kill -KILL "$innocent"
      done
      until grep -q "^$number (sleep)" "/proc/$number/stat"; do sleep 0.05; done
      isAlive() { [ -d "/proc/$1" ] && ! grep -q ') Z ' "/proc/$1/stat"; }
      isAlive "$other" && echo "the other child is alive"
      "$java" -jar "$jar" sweep --dir "$dir/ledgers"
      isAlive "$number" && echo "the innocent is alive"
      isAlive "$other" && echo "the other child is alive still"
      kill -KILL "$innocent"
      exit 0
      """;

  private static boolean canChooseNumbers() {
    try {
      String[] command = {"unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", "echo 100 >$0"};
      return new ProcessBuilder(
                  Stream.concat(Stream.of(command), Stream.of("/proc/sys/kernel/ns_last_pid"))
                      .toList())
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private List<String> sweepWithReused(String number, String modes) throws IOException {
    assumeThat(canChooseNumbers()).as("root can have a PID namespace").isTrue();
    Launch launch =
        Launch.on(jdk).under("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
    Path script = Files.writeString(launch.dir().resolve("script"), OTHER_HANDS);
    try (Worker inside =
        launch.start(
            Path.of("sh"),
            List.of(
                script.toString(),
                jdk.java().toString(),
                Launch.agentJar().toString(),
                Launch.classes().toString(),
                launch.dir().toString(),
                modes,
                number))) {
      assertThat(inside.waitFor(60)).as(inside.stderr()).isZero();
      assertThat(inside.stdout()).as(inside.stderr()).contains("swept up after 1 dead worker in ");
      return inside.stdout().lines().filter(line -> line.endsWith(" alive")).toList();
    }
  }

  @Test
  void childsNumberInOtherHandsIsRecognised() throws IOException {
    for (String modes : List.of("", ",process-group=true,subreaper=true")) {
      assertThat(sweepWithReused("child", modes))
          .as("who is alive before the sweep, and after it")
          .containsExactly("the other child is alive", "the innocent is alive");
    }
  }

  @Test
  void workersNumberInOtherHandsIsRecognised() throws IOException {
    for (String modes : List.of("", ",process-group=true,subreaper=true")) {
      assertThat(sweepWithReused("worker", modes)).containsExactly("the innocent is alive");
    }
  }
}
