package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Keepers;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that is to outlive the worker, and that neither the worker nor its sentinel sees in
 * /proc, which is mounted with hidepid.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record HiddenKeptIT(Jdk jdk) {
  private static final String BELOW = "BELOW";

  /**
   * As root that may not look at another user's processes, as in most containers; the group of root
   * may, whatever hidepid says (proc(5), gid=).
   */
  private static final String[] MAY_NOT_TRACE = {
    "setpriv",
    "--regid=65534",
    "--clear-groups",
    "--bounding-set=-sys_ptrace",
    "--inh-caps=-sys_ptrace"
  };

  private Launch launch(String mode, String... user) throws IOException {
    assumeThat(Machine.allows(user)).as("may become such a user").isTrue();
    assumeThat(Machine.canRead(user)).as("such a user can read the agent").isTrue();
    assumeThat(Machine.allows(Machine.hidingProcesses("2"))).as("may hide processes").isTrue();
    Launch launch = Launch.on(jdk).under("setsid").under(Machine.hidingProcesses("2")).under(user);
    Path ledgers = Files.createDirectory(Traces.ledgers(launch.dir()));
    Files.setPosixFilePermissions(ledgers, PosixFilePermissions.fromString("rwx------"));
    return launch.agent(mode + ",grace=0,log=info,dir=" + ledgers);
  }

  private static void end(Worker worker, boolean crash) {
    if (crash) {
      worker.self().kill();
    } else {
      worker.sayNothing();
    }
    assertThat(worker.waitFor(30)).isEqualTo(crash ? 137 : 0);
    until(() -> Traces.sentinels(worker).isEmpty());
  }

  private static Proc one(Worker worker, String name) {
    until(worker, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  /** Its program may be executed and not read, so that it is not dumpable (execve(2)). */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatHangsBelowItInTheGroupLivesOn(boolean crash) throws IOException {
    Launch launch = launch("process-group=true,children=false", Machine.NOBODY);
    Path shell = Files.copy(Path.of("/bin/sh").toRealPath(), launch.dir().resolve("shell"));
    Path script =
        Files.writeString(
            launch.dir().resolve("below.sh"),
            "unset REAPER_KEEP; sh \"${0%/*}/leaf\" BELOW & wait\n");
    Machine.open(launch.dir());
    Files.setPosixFilePermissions(shell, PosixFilePermissions.fromString("rwx--x--x"));
    Files.setPosixFilePermissions(
        Traces.ledgers(launch.dir()), PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(Traces.ledgers(launch.dir()), "unix:uid", 65534);
    try (Worker worker = launch.start(Keepers.class, Keepers.PLAIN, shell + " " + script)) {
      Proc plain = one(worker, Keepers.PLAIN);
      Proc below = one(worker, BELOW);
      until(worker, () -> Traces.isWatched(worker));
      end(worker, crash);
      assertThat(plain.isAlive()).as(worker.stderr()).isFalse();
      assertThat(one(worker, Keepers.REAL).isAlive()).as(worker.stderr()).isTrue();
      assertThat(below.isAlive()).as(worker.stderr()).isTrue();
      assertThat(worker.stderr()).contains("[" + below.pid() + "] (");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itLivesOnThoughTheRestOfTheCgroupIsKilled(boolean crash) throws IOException {
    assumeThat(Cgroup2.isWritable()).as("may make a cgroup v2 leaf here").isTrue();
    Launch launch = launch("cgroup=true,children=false", MAY_NOT_TRACE);
    String other = String.join(" ", Machine.NOBODY);
    try (Worker worker = launch.start(Keepers.class, Keepers.PLAIN, other + " sleep 1000")) {
      Proc plain = one(worker, Keepers.PLAIN);
      Proc kept = one(worker, Keepers.REAL);
      until(worker, () -> kept.commandLine().startsWith("sleep"));
      until(worker, () -> Traces.isWatched(worker));
      end(worker, crash);
      assertThat(plain.isAlive()).as(worker.stderr()).isFalse();
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }
}
