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
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker that looks dead and is not, and one whose ledger no other may sweep. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record WorkerThatLivesIT(Jdk jdk) {

  private static final String OLD = "OLD";
  private static final String NEW = "NEW";

  private static Stream<Arguments> modesAndShells() {
    return Rows.withEachValue(
        List.of(
            "children=true",
            "process-group=true",
            "cgroup=true",
            "subreaper=true",
            "subreaper=true,process-group=true",
            "subreaper=true,cgroup=true"),
        List.of(true, false));
  }

  private Worker start(String modes, boolean hasShell) throws IOException {
    assumeThat(modes.contains("cgroup") && !Cgroup2.isWritable()).as("no cgroup here").isFalse();
    return start(Launch.on(jdk), modes, hasShell);
  }

  private static Worker start(Launch launch, String modes, boolean hasShell) throws IOException {
    NativeCode.in(launch).agent(modes + ",log=info,dir=" + Traces.ledgers(launch.dir()));
    if (!hasShell) {
      launch.environment("PATH", "");
    }
    Worker worker = launch.start(ObeyingWorker.class);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    return worker;
  }

  private static Proc spawn(Worker worker, String name) {
    worker.say("spawn " + name);
    until(worker, () -> !worker.reported(name).isEmpty());
    return worker.reported(name).get(0);
  }

  private static void restart(Worker worker) {
    worker.say("restart");
    until(worker, () -> worker.reported(Worker.SELF).size() == 2);
  }

  private static Proc sentinel(Worker worker) {
    until(worker, () -> !sentinels(worker).isEmpty());
    return sentinels(worker).get(0);
  }

  private static List<Proc> sentinels(Worker worker) {
    return Ledgers.sentinels(Traces.ledgers(worker.dir()));
  }

  private static void expectCrashToBeSwept(Worker worker, Proc... children) {
    End.SIGKILL.bringTo(worker);
    assertThat(worker.waitFor(20)).isEqualTo(137);
    untilAsserted(() -> assertThat(children).as(worker.stderr()).noneMatch(Proc::isAlive));
    untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("modesAndShells")
  void workerThatRestartsItselfByExecLivesAndItsChildrenEndWithIt(String modes, boolean hasShell)
      throws Exception {
    try (Worker worker = start(modes, hasShell)) {
      Proc old = spawn(worker, OLD);
      Proc first = sentinel(worker);
      restart(worker);
      assertThat(worker.reported(Worker.SELF)).containsOnly(worker.launched());
      Proc young = spawn(worker, NEW);
      // The first sentinel has looked, found the worker alive, and been relieved by the second.
      until(() -> !first.isAlive());
      assertThat(sentinel(worker)).isNotEqualTo(first);
      assertThat(List.of(worker.self(), old, young)).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("is dead", "killed");
      expectCrashToBeSwept(worker, old, young);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true", "process-group=true", "subreaper=true"})
  void childrenFromBeforeTheRestartEndWithAnOrderlyWorker(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc old = spawn(worker, OLD);
      sentinel(worker);
      restart(worker);
      Proc young = spawn(worker, NEW);
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      until(() -> !old.isAlive() && !young.isAlive());
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true", "process-group=true", "subreaper=true"})
  void childrenOfAWorkerThatSpawnsNoneAfterItsRestartEndWithIt(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc old = spawn(worker, OLD);
      sentinel(worker);
      restart(worker);
      expectCrashToBeSwept(worker, old);
    }
  }

  /** The sentinel of before has its orders still, and its worker has none for it now. */
  @Test
  void childrenOfAWorkerThatRestartsWithoutASentinelOutliveItsCrash() throws Exception {
    Launch launch = Launch.on(jdk);
    Path config = Files.createFile(launch.dir().resolve("reaper.properties"));
    try (Worker worker = start(launch, "process-group=true,config=" + config, true)) {
      Proc old = spawn(worker, OLD);
      Proc first = sentinel(worker);
      Files.writeString(config, "sentinel=false\n");
      restart(worker);
      Proc young = spawn(worker, NEW);
      End.SIGKILL.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !first.isAlive());
      assertThat(List.of(old, young)).as(worker.stderr()).allMatch(Proc::isAlive);
    }
  }

  private void detachAndKill(Worker worker) {
    String pid = Long.toString(worker.self().pid());
    Answer.of(Launch.on(jdk).tool("detach", pid)).mustSucceed();
    worker.self().kill();
    assertThat(worker.waitFor(20)).isEqualTo(137);
  }

  /** The sentinel of before cannot be told, as its pipe is closed. */
  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true"})
  void childrenOfAWorkerThatIsDetachedAfterItsRestartOutliveIt(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc old = spawn(worker, OLD);
      Proc first = sentinel(worker);
      restart(worker);
      detachAndKill(worker);
      until(() -> !first.isAlive());
      assertThat(old.isAlive()).as(worker.stderr()).isTrue();
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
      assertThat(worker.stderr()).doesNotContain("killed");
    }
  }

  /** The word by which a sentinel is dismissed does not reach it. */
  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "subreaper=true"})
  void childrenOfAWorkerThatIsDetachedWithoutItsLifelineOutliveIt(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc old = spawn(worker, OLD);
      Proc first = sentinel(worker);
      worker.say("close-pipes");
      spawn(worker, NEW);
      detachAndKill(worker);
      until(() -> !first.isAlive() && sentinels(worker).isEmpty());
      assertThat(old.isAlive()).as(worker.stderr()).isTrue();
      assertThat(worker.stderr()).doesNotContain("killed");
    }
  }

  /** The sentinel of before the restart looks for its successor once a second. */
  @Test
  void processThatIsKeptAfterTheRestartOutlivesACrashRightAfterIt() throws Exception {
    try (Worker worker = start("process-group=true,grace=0", true)) {
      Proc old = spawn(worker, OLD);
      sentinel(worker);
      restart(worker);
      Proc kept = Orders.spawn(worker, "keep-unset", "KEPT");
      End.SIGKILL.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !old.isAlive() && sentinels(worker).isEmpty());
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** As the restart has brought another version of the agent along. */
  @Test
  void childrenFromAfterARestartEndWithTheWorkerWhoseLedgerAnotherVersionHasBegun()
      throws Exception {
    try (Worker worker = start("children=true", true)) {
      spawn(worker, OLD);
      sentinel(worker);
      Path ledger = Traces.ledgerFiles(worker).get(0);
      byte[] bytes = Files.readAllBytes(ledger);
      bytes["reaper-agent ledger ".length()] = '4';
      Files.write(ledger, bytes);
      restart(worker);
      Proc young = spawn(worker, NEW);
      sentinel(worker);
      assertThat(worker.stderr()).contains("another version of the agent has begun the ledger");
      expectCrashToBeSwept(worker, young);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "subreaper=true"})
  void workerWhoseLifelineIsClosedByNativeCodeLives(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc child = spawn(worker, OLD);
      Proc sentinel = sentinel(worker);
      worker.say("close-pipes");
      // It looks about once a second from then on, by a sleep of its own; or the worker has seen
      // that it hears nothing of it any more, and has started another.
      until(() -> !Proc.childrenOf(sentinel.pid()).isEmpty() || !sentinel.isAlive());
      assertThat(List.of(worker.self(), child)).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("is dead", "killed", "cannot");
      expectCrashToBeSwept(worker, child);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingThatIsWrittenIntoTheLifelineWakesTheSentinel(boolean hasShell) throws Exception {
    try (Worker worker = start("process-group=true", hasShell)) {
      Proc child = spawn(worker, OLD);
      Proc sentinel = sentinel(worker);
      Path lifeline = Path.of("/proc", String.valueOf(sentinel.pid()), "fd", "0");
      for (String word : List.of("\n", "stop\n", "donee\n", "don", "e or not\n")) {
        Files.writeString(lifeline, word);
      }
      String read = sentinel.status("voluntary_ctxt_switches");
      until(() -> sentinel.state() == 'S' && !read.isEmpty() && isEmpty(lifeline));
      assertThat(List.of(worker.self(), child, sentinel)).allMatch(Proc::isAlive);
      expectCrashToBeSwept(worker, child);
    }
  }

  private static boolean isEmpty(Path pipe) throws IOException {
    // FIONREAD: nothing is taken out of it.
    try (FileInputStream in = new FileInputStream(pipe.toFile())) {
      return in.available() == 0;
    }
  }

  @Test
  void ledgerOfAnotherTimeNamespaceIsLeftAloneAndSaidSo() throws Exception {
    String[] elsewhere = {"unshare", "--time", "--boottime", "100000", "--fork"};
    assumeThat(Machine.allows(elsewhere)).as("may have a time namespace").isTrue();
    expectSweepToLeaveAlone(elsewhere);
  }

  @Test
  void ledgerBesideAnotherBootIdIsLeftAloneAndSaidSo() throws Exception {
    String[] elsewhere = {"unshare", "--mount", "--pid", "--fork", "--mount-proc"};
    assumeThat(Machine.allows(elsewhere)).as("may have a PID namespace").isTrue();
    String other =
        "echo 11111111-2222-3333-4444-555555555555 >\"$0.id\";"
            + " mount --bind \"$0.id\" /proc/sys/kernel/random/boot_id || exit 1; \"$@\"; exit $?";
    File id = File.createTempFile("reaper", "boot");
    try {
      List<String> prefix = new ArrayList<>(List.of(elsewhere));
      prefix.addAll(List.of("sh", "-c", other, id.getPath()));
      expectSweepToLeaveAlone(prefix.toArray(String[]::new));
    } finally {
      Files.deleteIfExists(Path.of(id + ".id"));
      Files.delete(id.toPath());
    }
  }

  private void expectSweepToLeaveAlone(String... under) throws Exception {
    try (Worker worker = start("cgroup=true", true)) {
      Proc child = spawn(worker, OLD);
      sentinel(worker);
      expectNextWorkerToSay(worker, "and is left alone", under);
      String said = sweep(worker, under);
      assertThat(said).contains("is left alone").contains("swept up after 0 dead workers");
      assertThat(List.of(worker.self(), child)).allMatch(Proc::isAlive);
      assertThat(Traces.ledgerFiles(worker)).hasSize(1);
      expectCrashToBeSwept(worker, child);
    }
  }

  /** As a worker does after its first start, of every ledger that is in its directory. */
  private void expectNextWorkerToSay(Worker worker, String line, String... under) {
    Launch launch = Launch.on(jdk).under(under);
    launch.agent("log=debug,dir=" + Traces.ledgers(worker.dir()));
    try (Worker next = launch.start(ObeyingWorker.class)) {
      until(next, () -> !next.reported(Worker.SELF).isEmpty());
      next.say("spawn CHILD");
      Path ledger = Traces.ledgerFiles(worker).get(0);
      until(next, () -> next.stderr().contains("the ledger " + ledger + " is "));
      assertThat(next.stderr()).contains(line).doesNotContain("killed");
      next.say("exit");
      assertThat(next.waitFor(30)).isEqualTo(3);
    }
  }

  /** Both that it said and that it printed. */
  private String sweep(Worker worker, String... under) {
    String dir = Traces.ledgers(worker.dir()).toString();
    Answer sweep = Answer.of(Launch.on(jdk).under(under).tool("sweep", "--dir", dir));
    return sweep.mustSucceed() + sweep.refused();
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true"})
  void ledgerBelongsToItsSentinelAsLongAsThatLives(String modes) throws Exception {
    try (Worker worker = start(modes, true)) {
      Proc child = spawn(worker, OLD);
      Proc sentinel = sentinel(worker);
      sentinel.signal("STOP");
      until(() -> sentinel.state() == 'T');
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      assertThat(sweep(worker)).contains("swept up after 0 dead workers");
      expectNextWorkerToSay(worker, "is left to its sentinel");
      assertThat(child.isAlive()).isTrue();
      assertThat(Traces.ledgerFiles(worker)).hasSize(1);
      sentinel.signal("CONT");
      until(() -> !child.isAlive());
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
      assertThat(worker.stderr()).as("told by its own sentinel").contains("killed 1 process: ");
    }
  }

  /** Native code has closed the agent's, and the application has opened files since. */
  @ParameterizedTest
  @ValueSource(strings = {".ledger", "pipe:", "agent.log"})
  void filesOfTheApplicationThatHaveTheAgentsDescriptorsStayAsTheyAre(String closed)
      throws Exception {
    Launch launch = Launch.on(jdk);
    Path log = launch.dir().resolve("agent.log");
    try (Worker worker = start(launch, "process-group=true,log-file=" + log, true)) {
      spawn(worker, OLD);
      Proc first = sentinel(worker);
      tell(worker, "exchange " + closed, "exchanged");
      spawn(worker, NEW);
      tell(worker, "write spawned", "spawned");
      first.kill();
      until(worker, () -> sentinels(worker).stream().anyMatch(other -> !other.equals(first)));
      tell(worker, "write replaced", "replaced");
      Answer.of(Launch.on(jdk).tool("detach", Long.toString(worker.self().pid()))).mustSucceed();
      tell(worker, "write detached", "detached");
      assertThat(ownFiles(worker))
          .isNotEmpty()
          .allSatisfy(
              file -> assertThat(file).hasContent("exchanged\nspawned\nreplaced\ndetached\n"));
      assertThat(log).content().contains("starting another", "detached");
    }
  }

  private static void tell(Worker worker, String order, String done) {
    worker.say(order);
    until(worker, () -> worker.stdout().contains("written " + done));
  }

  private static List<Path> ownFiles(Worker worker) throws IOException {
    try (Stream<Path> files = Files.list(worker.dir())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(ObeyingWorker.OWN_FILE))
          .toList();
    }
  }
}
