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
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker that another process of its own user does not see in /proc: that is mounted with
 * hidepid, and the worker is not dumpable, as its program may be executed and not read (execve(2)).
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record HiddenWorkerIT(Jdk jdk) {

  private static final String CHILD = "CHILD";

  /** As NOBODY, and may become another user. */
  private static final String[] MAY_CHANGE_USER = {
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=+setuid",
    "--ambient-caps=+setuid"
  };

  private Worker start(String hidepid, String path) throws IOException {
    return start(hidepid, path, Machine.NOBODY);
  }

  private Worker start(String hidepid, String path, String... user) throws IOException {
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the agent").isTrue();
    assumeThat(Machine.allows(Machine.hidingProcesses(hidepid))).as("may hide processes").isTrue();
    Launch launch =
        Launch.on(jdk)
            .under("setsid")
            .under(Machine.hidingProcesses(hidepid))
            .under(user)
            .under("env", "PATH=" + path);
    Path lib = jdk.java().toRealPath().getParent().resolveSibling("lib");
    launch.environment("LD_LIBRARY_PATH", lib + ":" + lib.resolve("jli"));
    Path ledgers = Files.createDirectory(Traces.ledgers(launch.dir()));
    Path program = Files.copy(jdk.java().toRealPath(), launch.dir().resolve("java"));
    String classes = Launch.classes().toString();
    for (Path jar : NativeCode.jars()) {
      // Where its user may read it.
      classes += ":" + Files.copy(jar, launch.dir().resolve(jar.getFileName()));
    }
    Machine.open(launch.dir());
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx--x--x"));
    Files.setPosixFilePermissions(ledgers, PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(ledgers, "unix:uid", 65534);
    launch.jvm("-Djna.tmpdir=" + launch.dir());
    launch.agent("grace=0,log=info,dir=" + ledgers);
    String report = launch.dir().resolve("report").toString();
    Worker worker =
        launch.start(program, List.of("-cp", classes, ObeyingWorker.class.getName(), report));
    return Machine.closedUnless(worker, () -> !worker.reported(Worker.SELF).isEmpty());
  }

  /** Starts a child, and waits until the ledger names it and the sentinel watches. */
  private static Proc spawn(Worker worker) {
    Proc child = Sentinels.order(worker, "spawn", CHILD);
    until(worker, () -> Ledgers.name(Traces.ledgers(worker.dir()), child));
    until(worker, () -> Traces.isWatched(worker));
    return child;
  }

  private static Proc sentinel(Worker worker) {
    until(worker, () -> !Ledgers.sentinels(Traces.ledgers(worker.dir())).isEmpty());
    return Ledgers.sentinels(Traces.ledgers(worker.dir())).get(0);
  }

  /** Runs that command as the worker's user, and returns what it says. */
  private String tool(Worker worker, String hidepid, String command) {
    Launch launch = Launch.on(jdk).under(Machine.hidingProcesses(hidepid)).under(Machine.NOBODY);
    launch.environment("XDG_RUNTIME_DIR", worker.dir().toString());
    Answer answer =
        Answer.of(launch.tool(command, "--dir", Traces.ledgers(worker.dir()).toString()));
    return answer.mustSucceed() + answer.refused();
  }

  private String sweep(Worker worker, String hidepid) {
    return tool(worker, hidepid, "sweep");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void workerThatLivesIsNotSweptUpAfterAndADeadOneIs(String hidepid) throws IOException {
    try (Worker worker = start(hidepid, "/usr/bin:/bin")) {
      Proc child = spawn(worker);
      Proc sentinel = sentinel(worker);
      // A worker that is stopped starts no other one.
      worker.self().signal("STOP");
      until(() -> worker.self().state() == 'T');
      sentinel.kill();
      until(() -> !sentinel.isAlive());
      assertThat(sweep(worker, hidepid))
          .contains("swept up after 0 dead workers")
          .contains("/proc does not show process " + worker.self().pid());
      assertThat(List.of(worker.self(), child)).allMatch(Proc::isAlive);
      assertThat(Traces.ledgerFiles(worker)).hasSize(1);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      assertThat(tool(worker, hidepid, "ps")).contains("dead, and not swept");
      assertThat(sweep(worker, hidepid)).contains("swept up after 1 dead worker in");
      until(() -> !child.isAlive());
      assertThat(Traces.ledgerFiles(worker)).isEmpty();
    }
  }

  @Test
  void sentinelThatIsAJvmDoesNotTakeItForDeadWhenTheLifelineIsClosed() throws IOException {
    try (Worker worker = start("2", "")) {
      Proc child = spawn(worker);
      Proc first = sentinel(worker);
      assertThat(first.commandLine()).contains("sentinel-");
      worker.say("close-pipes");
      // Each look reads the ledger anew, or finds that another sentinel watches.
      Set<String> looks = new HashSet<>();
      until(
          worker,
          () -> {
            looks.add(bytesReadBy(first));
            return !first.isAlive() || looks.size() > 3;
          });
      assertThat(List.of(worker.self(), child)).as(worker.stderr()).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("is dead", "killed");
      sentinel(worker);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !child.isAlive());
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  /** It may not even be signalled when it is another user's by then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shellThatIsItsSentinelDoesNotTakeItForDeadWhenTheLifelineIsClosed(boolean isAnothers)
      throws IOException {
    assumeThat(!isAnothers || Machine.allows(MAY_CHANGE_USER)).as("may hand it down").isTrue();
    try (Worker worker =
        start("2", "/usr/bin:/bin", isAnothers ? MAY_CHANGE_USER : Machine.NOBODY)) {
      Proc child = spawn(worker);
      Proc sentinel = sentinel(worker);
      if (isAnothers) {
        worker.say("change-user");
      }
      worker.say("close-pipes");
      // It looks about once a second from then on, by a sleep of its own.
      until(() -> !Proc.childrenOf(sentinel.pid()).isEmpty() || !sentinel.isAlive());
      assertThat(List.of(worker.self(), child)).as(worker.stderr()).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("is dead", "killed");
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !child.isAlive());
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  private static String bytesReadBy(Proc process) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "io")).get(0);
    } catch (IOException gone) {
      return "";
    }
  }
}
