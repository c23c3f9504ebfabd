package io.reaper.it.end;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker in a cgroup v2 leaf of its own, which no process leaves by anything that it does to
 * itself.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record CgroupIT(Jdk jdk) {

  private static final String SENTINEL = "reaper-sentinel";

  /** In a mount namespace of its own, takes every cgroup2 file system away. */
  private static final String HIDE_CGROUP2 =
      "grep ' cgroup2 ' /proc/mounts | cut -d' ' -f2 | xargs -n1 umount -l && ";

  private static void assumeCgroup() {
    assumeThat(Cgroup2.isWritable()).as("may make a cgroup v2 leaf here").isTrue();
  }

  private Launch cgroup(String more) {
    Launch launch = Launch.on(jdk);
    // With a ledger of its own, the sentinel has this worker's directory on its command line.
    return launch.agent("cgroup=true,dir=" + launch.dir().resolve("ledgers") + more);
  }

  private static Worker hiding(Launch launch) {
    Worker worker = launch.start(Hiding.class, "10", Hiding.RESTLESS_FORKER);
    return Machine.closedUnless(
        worker, () -> !worker.reported(Worker.SELF).isEmpty() && Hiding.areAll(worker.dir()));
  }

  private static List<Proc> sentinels(Worker worker) {
    return Hiding.alive(worker.dir()).stream()
        .filter(proc -> proc.commandLine().contains(SENTINEL))
        .toList();
  }

  /** At an orderly end; the sentinel, which ends just after the worker, does so soon. */
  private static void expectNoneLeft(Worker worker) {
    // Read once: what the sentinel forks becomes another program.
    assertThat(Proc.all().map(Proc::commandLine))
        .noneMatch(line -> line.contains(worker.dir().toString()) && !line.contains(SENTINEL));
    eventually(() -> Hiding.alive(worker.dir()).isEmpty());
  }

  private static void eventually(BooleanSupplier condition) {
    until(condition::getAsBoolean);
  }

  @Test
  void workerAndItsChildrenAreInALeafOfTheirOwnAndTheSentinelIsNot() {
    assumeCgroup();
    String above = Cgroup2.of(Proc.self());
    try (Worker worker = hiding(cgroup(""))) {
      String leaf = Cgroup2.of(worker.self());
      assertThat(leaf).startsWith(above).isNotEqualTo(above);
      for (String name : Hiding.HIDERS) {
        assertThat(Hiding.named(worker.dir(), name))
            .as(name)
            .hasSize(1)
            .allMatch(proc -> Cgroup2.of(proc).equals(leaf));
      }
      assertThat(sentinels(worker)).hasSize(1).allMatch(it -> Cgroup2.of(it).equals(above));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MAIN_RETURNS", "SYSTEM_EXIT", "SIGTERM"})
  void everyMemberDiesAtAnOrderlyEndAndTheLeafIsRemoved(End end) {
    assumeCgroup();
    try (Worker worker = hiding(cgroup(",grace=200ms"))) {
      Path leaf = Cgroup2.directoryOf(worker.self());
      end.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(end.status());
      expectNoneLeft(worker);
      assertThat(Hiding.isForking(worker.dir())).as("the forker forks").isFalse();
      assertThat(leaf).doesNotExist();
      assertThat(worker.stderr().lines()).singleElement().asString().contains("killed");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "300ms"})
  void everyMemberDiesInACrashAndTheLeafIsRemoved(String grace) {
    assumeCgroup();
    try (Worker worker = hiding(cgroup(",grace=" + grace))) {
      Path leaf = Cgroup2.directoryOf(worker.self());
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      eventually(() -> Hiding.alive(worker.dir()).isEmpty() && !Files.exists(leaf));
      assertThat(Hiding.isForking(worker.dir())).as("the forker forks").isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cgroup=false", "enabled=false"})
  void leafThatALaterOptionTakesBackIsRemovedAtAnOrderlyEnd(String later) {
    assumeCgroup();
    try (Worker worker = cgroup("").agent(later).start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Path leaf = Cgroup2.directoryOf(worker.self());
      assertThat(leaf.toString()).contains("/reaper-");
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(leaf).doesNotExist();
      assertThat(worker.stderr()).doesNotContain("cannot remove", "killed");
    }
  }

  @Test
  void leafIsRemovedInACrashThoughACgroupIsBelowIt() throws IOException {
    assumeCgroup();
    try (Worker worker = hiding(cgroup(",grace=0"))) {
      Path leaf = Cgroup2.directoryOf(worker.self());
      Path below = Files.createDirectories(leaf.resolve("below").resolve("it"));
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      try {
        eventually(() -> Hiding.alive(worker.dir()).isEmpty() && !Files.exists(leaf));
      } finally {
        for (Path left : List.of(below, below.getParent(), leaf)) {
          left.toFile().delete();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "300ms"})
  void keptOnesLiveOnInTheCgroupAbove(String grace) throws IOException {
    assumeCgroup();
    for (boolean crash : List.of(false, true)) {
      Launch launch = cgroup(",keep=keepme,grace=" + grace);
      Files.copy(Path.of("/bin/sleep"), launch.dir().resolve("keepme"));
      Hiding.sleeper(launch.dir(), "OTHER");
      Hiding.sleeper(launch.dir(), "MARKED");
      try (Worker worker =
          launch.start(
              Shell.class,
              "exec setsid \"$0/keepme\" 1000",
              "REAPER_KEEP=true exec setsid \"$0/MARKED\" 1000",
              "exec setsid \"$0/OTHER\" 1000")) {
        for (String name : List.of("keepme", "MARKED", "OTHER")) {
          until(worker, () -> Hiding.named(worker.dir(), name).size() == 1);
        }
        until(worker, () -> worker.stdout().equals(Shell.READY));
        Path leaf = Cgroup2.directoryOf(worker.launched());
        if (crash) {
          worker.launched().kill();
        } else {
          worker.say("exit");
        }
        assertThat(worker.waitFor(20)).isEqualTo(crash ? 137 : 3);
        eventually(() -> Hiding.named(worker.dir(), "OTHER").isEmpty() && !Files.exists(leaf));
        for (String kept : List.of("keepme", "MARKED")) {
          assertThat(Hiding.named(worker.dir(), kept))
              .as(kept)
              .hasSize(1)
              .allMatch(proc -> Cgroup2.of(proc).equals(Cgroup2.of(Proc.self())));
        }
      }
    }
  }

  @Test
  void leafIsMadeWhereverTheFileSystemIsMounted() {
    assumeCgroup();
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = cgroup("");
    launch.under(
        "unshare",
        "--mount",
        "sh",
        "-c",
        HIDE_CGROUP2 + "mount -t cgroup2 none /mnt && exec \"$0\" \"$@\"");
    try (Worker worker = hiding(launch)) {
      Path leaf = Cgroup2.directoryOf(worker.self());
      assertThat(Cgroup2.of(worker.self())).isNotEqualTo(Cgroup2.of(Proc.self()));
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      expectNoneLeft(worker);
      assertThat(leaf).doesNotExist();
    }
  }

  @Test
  void withoutCgroup2OneLineSaysSoAndTheWorkerGoesOn() {
    assumeThat(Cgroup2.isMounted()).as("cgroup2 is mounted, to be hidden").isTrue();
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    String[] hidden = {"unshare", "--mount", "sh", "-c", HIDE_CGROUP2 + "exec \"$0\" \"$@\""};
    expectOneLine(cgroup("").under(hidden));
    expectRefusal(cgroup(",strict=true").under(hidden));
  }

  @Test
  void withoutPermissionOneLineSaysSoAndTheWorkerGoesOn() throws Exception {
    assumeThat(Cgroup2.isMounted()).as("cgroup2 is mounted").isTrue();
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the jar").isTrue();
    for (boolean strict : List.of(false, true)) {
      Launch launch = cgroup(strict ? ",strict=true" : "").under(Machine.NOBODY);
      Machine.open(launch.dir());
      if (strict) {
        expectRefusal(launch);
      } else {
        expectOneLine(launch);
      }
    }
  }

  private static void expectOneLine(Launch launch) {
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      until(worker, () -> !worker.reported("OBEDIENT").isEmpty());
      assertThat(worker.stderr().lines()).singleElement().asString().contains("cgroup");
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.reported("OBEDIENT")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr().lines()).hasSize(2).last().asString().contains("killed");
    }
  }

  private static void expectRefusal(Launch launch) {
    try (Worker worker = launch.start(Children.class, "obedient")) {
      assertThat(worker.waitFor(20)).isEqualTo(2);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).contains("cgroup", "strict").doesNotContain("\tat ");
      assertThat(worker.reported(Worker.SELF)).as("main has run").isEmpty();
    }
  }
}
