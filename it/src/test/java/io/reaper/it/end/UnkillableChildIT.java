package io.reaper.it.end;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import io.reaper.it.support.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker's end comes, whichever process does not die, and whatever the JVM itself does in it. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record UnkillableChildIT(Jdk jdk) {

  private static final Path FREEZER = Path.of("/sys/fs/cgroup/freezer");

  /** In the version before, every end with one that does not die took ten seconds and the grace. */
  private static final Duration LONGEST_END = Duration.ofSeconds(8);

  private static final int FIRST_JDK_WITH_A_CACHE = 25;

  private static Duration end(Worker worker, int status) {
    long start = System.nanoTime();
    End.MAIN_RETURNS.bringTo(worker);
    assertThat(worker.waitFor(60)).isEqualTo(status);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static final String ANOTHERS =
      "\"$0/setuid\" --reuid=0 --regid=0 --clear-groups sh \"$0/leaf\" ANOTHERS";

  /** A plain user's worker with a child that has become root, as sudo's do. */
  private Worker withAnothersChild(String mode, String below, String... under) throws IOException {
    Worker worker =
        start(
            mode,
            List.of(under),
            below.isEmpty() ? "exec " + ANOTHERS : ANOTHERS + below,
            "exec sh \"$0/leaf\" OWN");
    return Machine.closedUnless(worker, () -> worker.reported("OWN").size() == 1);
  }

  private Worker start(String mode, List<String> under, String... scripts) throws IOException {
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the agent").isTrue();
    Launch launch = Launch.on(jdk).under(under.toArray(String[]::new)).under(Machine.NOBODY);
    Path ledgers = Files.createDirectory(launch.dir().resolve("ledgers"));
    Path setuid = launch.dir().resolve("setuid");
    Files.copy(Path.of("/usr/bin/setpriv"), setuid);
    Machine.open(launch.dir());
    Files.setPosixFilePermissions(ledgers, PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(ledgers, "unix:uid", 65534);
    Files.setAttribute(setuid, "unix:mode", 04755);
    launch.agent("grace=1s,dir=" + ledgers + (mode.isEmpty() ? "" : "," + mode));
    Worker worker = launch.start(Shell.class, scripts);
    return Machine.closedUnless(worker, () -> worker.reported("ANOTHERS").size() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true"})
  void childThatMayNotBeSignalledIsNamedOnceAndNotWaitedFor(String mode) throws IOException {
    try (Worker worker = withAnothersChild(mode, "")) {
      Proc anothers = worker.reported("ANOTHERS").get(0);
      assertThat(end(worker, 0)).isLessThan(LONGEST_END);
      assertThat(worker.reported("OWN").get(0).isAlive()).isFalse();
      assertThat(anothers.isAlive()).isTrue();
      // It has the last word after a subreaper's end.
      Until.until(() -> Traces.sentinels(worker).isEmpty());
      List<String> lines = worker.stderr().lines().toList();
      assertThat(lines).hasSize(2);
      assertThat(lines.get(0))
          .contains("killed 1 process")
          .doesNotContain("[" + anothers.pid() + "]");
      assertThat(lines.get(1))
          .contains("could not be signalled: Operation not permitted", "[" + anothers.pid() + "]");
    }
  }

  /** Directly, or below a shell of which the group alone knows. */
  @ParameterizedTest
  @ValueSource(strings = {"", "; exit"})
  void memberThatMayNotBeSignalledIsNamedAsLeftAfterACrash(String below) throws IOException {
    try (Worker worker = withAnothersChild("process-group=true", below)) {
      Proc anothers = worker.reported("ANOTHERS").get(0);
      worker.launched().kill();
      Until.until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("OWN").get(0).isAlive()).isFalse();
      assertThat(anothers.isAlive()).isTrue();
      List<String> lines = worker.stderr().lines().toList();
      assertThat(lines).hasSize(2);
      assertThat(lines.get(0)).contains("killed ").doesNotContain("[" + anothers.pid() + "]");
      assertThat(lines.get(1))
          .contains("not permitted to kill, and left behind: ", "[" + anothers.pid() + "]");
    }
  }

  @Test
  void memberThatOnlyTheStrokeOfACrashHitsIsToldOf() throws IOException {
    String script = "sh \"$0/leaf\" OWN & exec " + ANOTHERS;
    try (Worker worker = start("process-group=true", List.of(), script)) {
      until(worker, () -> worker.reported("OWN").size() == 1);
      worker.launched().kill();
      Until.until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("OWN").get(0).isAlive()).isFalse();
      assertThat(worker.stderr().lines())
          .satisfiesExactly(
              killed -> assertThat(killed).contains("killed the rest of process group "),
              left -> assertThat(left).contains("not permitted to kill, and left behind: "));
    }
  }

  @Test
  void onlyMemberThatIsLeftIsNamedIfItMayNotBeSignalled() throws IOException {
    try (Worker worker = start("process-group=true", List.of(), ANOTHERS + " & exit")) {
      Proc anothers = worker.reported("ANOTHERS").get(0);
      worker.launched().kill();
      Until.until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(anothers.isAlive()).isTrue();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("not permitted to kill, and left behind: ", "[" + anothers.pid() + "]");
    }
  }

  @Test
  void childThatProcDoesNotShowIsToldOf() throws IOException {
    String[] hidden = Machine.hidingProcesses("2");
    assumeThat(Machine.allows(hidden)).as("may hide processes").isTrue();
    try (Worker worker = withAnothersChild("", "", hidden)) {
      Proc anothers = worker.reported("ANOTHERS").get(0);
      assertThat(end(worker, 0)).isLessThan(LONGEST_END);
      assertThat(worker.reported("OWN").get(0).isAlive()).isFalse();
      assertThat(worker.stderr().lines())
          .hasSize(2)
          .last()
          .asString()
          .contains("not to be seen in /proc", "[" + anothers.pid() + "]");
    }
  }

  /** A frozen process acts on SIGKILL when it is thawed, as one does that waits for a dead disk. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"grace=0", "grace=1s", "grace=0,subreaper=true"})
  void frozenChildDelaysTheEndByASecondAndIsNamed(String arguments) throws IOException {
    assumeThat(FREEZER.resolve("tasks")).isWritable();
    Launch launch = Launch.on(jdk);
    launch.agent(arguments + ",dir=" + launch.dir().resolve("ledgers"));
    Path frozen = FREEZER.resolve(launch.dir().getFileName());
    try (Worker worker = launch.start(Children.class, "obedient", "deaf")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      until(worker, () -> worker.reported("DEAF").size() == 1);
      Proc deaf = worker.reported("DEAF").get(0);
      Files.createDirectory(frozen);
      Files.writeString(frozen.resolve("cgroup.procs"), String.valueOf(deaf.pid()));
      Files.writeString(frozen.resolve("freezer.state"), "FROZEN");
      try {
        assertThat(end(worker, 0)).isLessThan(LONGEST_END);
        assertThat(deaf.isAlive()).isTrue();
        assertThat(worker.stderr().lines().toList().get(1))
            .contains("not dead a second after SIGKILL", "[" + deaf.pid() + "]", "frozen");
      } finally {
        Files.writeString(frozen.resolve("freezer.state"), "THAWED");
      }
      Until.untilGone(deaf);
    } finally {
      Until.until(() -> !Files.exists(frozen) || frozen.toFile().delete());
    }
  }

  @Tag("full")
  @Test
  void frozenChildIsNotToldAsKilledAfterACrash() throws IOException {
    assumeThat(FREEZER.resolve("tasks")).isWritable();
    Launch launch = Launch.on(jdk);
    launch.agent("grace=0,dir=" + Traces.ledgers(launch.dir()));
    Path frozen = FREEZER.resolve(launch.dir().getFileName());
    try (Worker worker = launch.start(Children.class, "obedient", "deaf")) {
      until(worker, () -> worker.reported("DEAF").size() == 1 && Traces.isWatched(worker));
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      Proc deaf = worker.reported("DEAF").get(0);
      Files.createDirectory(frozen);
      Files.writeString(frozen.resolve("cgroup.procs"), String.valueOf(deaf.pid()));
      Files.writeString(frozen.resolve("freezer.state"), "FROZEN");
      try {
        worker.self().kill();
        Until.until(() -> Traces.sentinels(worker).isEmpty());
        List<String> lines = worker.stderr().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("killed 1 process: ").doesNotContain("[" + deaf.pid());
        assertThat(lines.get(1)).contains("still alive after SIGKILL", "[" + deaf.pid() + "]");
      } finally {
        Files.writeString(frozen.resolve("freezer.state"), "THAWED");
      }
      Until.untilGone(deaf);
    } finally {
      Until.until(() -> !Files.exists(frozen) || frozen.toFile().delete());
    }
  }

  /** JEP 514: the JVM starts another with ProcessBuilder when its last hook has run. */
  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void trainingRunEndsAndItsCacheIsThere(String end) throws IOException {
    assumeThat(jdk.feature()).isGreaterThanOrEqualTo(FIRST_JDK_WITH_A_CACHE);
    for (String script : List.of("", "exit 7", "exec sh \"$0/leaf\" CHILD")) {
      Launch launch = Launch.on(jdk);
      launch.agent("grace=0,dir=" + launch.dir().resolve("ledgers"));
      Path cache = launch.dir().resolve("cache");
      launch.jvm("-XX:AOTCacheOutput=" + cache);
      List<String> command = new ArrayList<>(List.of("-cp", jar(launch.dir()).toString()));
      command.add(Shell.class.getName());
      command.add(launch.dir().resolve("report").toString());
      command.addAll(script.isEmpty() ? List.of() : List.of(script));
      try (Worker worker = launch.start(jdk.java(), command)) {
        until(worker, () -> worker.stdout().contains(Shell.READY));
        until(worker, () -> !script.contains("CHILD") || worker.reported("CHILD").size() == 1);
        worker.say(end);
        worker.waitFor(120);
        assertThat(cache).isNotEmptyFile();
        if (!end.equals("halt")) {
          assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
        }
        assertThat(worker.stderr()).doesNotContain("[error]", "cannot weave");
      }
    }
  }

  /** The cache takes no classes from a directory. */
  private Path jar(Path dir) throws IOException {
    Path jar = dir.resolve("worker.jar");
    String classes = Launch.classes().toString();
    String all = Path.of("io", "reaper", "it").toString();
    String tool = jdk.tool("jar").toString();
    try {
      ProcessBuilder packing =
          new ProcessBuilder(tool, "cf", jar.toString(), "-C", classes, all).inheritIO();
      assertThat(packing.start().waitFor()).isZero();
      return jar;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
