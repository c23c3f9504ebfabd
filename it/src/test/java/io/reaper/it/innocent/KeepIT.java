package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Keepers;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which processes may outlive the worker, and which may not though they look so. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record KeepIT(Jdk jdk) {
  private static final String REDIS = "redis-server --port 0 --unixsocket redis.sock";

  private Launch launch(String options) {
    Launch launch = Launch.on(jdk);
    return launch.agent(options + ",grace=5s,log=info,dir=" + Traces.ledgers(launch.dir()));
  }

  /** A worker with these processes, each of which has reported itself and become what it is. */
  private static Worker start(Launch launch, String... processes) {
    Worker worker = launch.start(Keepers.class, processes);
    return Machine.closedUnless(
        worker,
        () ->
            !worker.reported(Worker.SELF).isEmpty()
                && Stream.of(processes).allMatch(name -> isThere(worker, name)));
  }

  private static boolean isThere(Worker worker, String name) {
    boolean isReal = name.contains(" ");
    List<Proc> reported = worker.reported(isReal ? Keepers.REAL : name);
    boolean hidesItsMark = isReal || name.equals(Keepers.REWRITING);
    return reported.size() == 1
        && reported.get(0).isAlive()
        && !(hidesItsMark && reported.get(0).environment().contains("REAPER_KEEP"))
        && !(isReal && reported.get(0).commandLine().equals(name));
  }

  private static Proc one(Worker worker, String name) {
    assertThat(worker.reported(name)).hasSize(1);
    return worker.reported(name).get(0);
  }

  private static void endInOrder(Worker worker) {
    worker.sayNothing();
    assertThat(worker.waitFor(30)).isZero();
  }

  private static void crash(Worker worker) {
    worker.self().kill();
    worker.waitFor(30);
    until(() -> Traces.sentinels(worker).isEmpty());
  }

  /** For want of memory the kernel kills it, or it gives up by itself. */
  @ParameterizedTest
  @ValueSource(strings = {"kill -9 $$", "exit 2"})
  void keptMemberOfTheGroupOutlivesACrashInWhichGrepCannotRun(String end) throws IOException {
    Launch launch = launch("process-group=true");
    Path bin = Files.createDirectory(launch.dir().resolve("bin"));
    Path grep = Files.writeString(bin.resolve("grep"), "#!/bin/sh\n" + end + "\n");
    Files.setPosixFilePermissions(grep, PosixFilePermissions.fromString("rwx------"));
    launch.environment("PATH", bin + ":" + System.getenv("PATH"));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc kept = Orders.spawn(worker, "keep-below", "BELOW");
      until(worker, () -> Traces.isWatched(worker));
      crash(worker);
      assertThat(child.isAlive()).isFalse();
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  private static final String REWRITES_WHEN_TOLD =
      """
      import os, time
      with open('report', 'a') as report:
        report.write('LATER %d\\n' % os.getpid())
      while not os.path.exists('go'):
        time.sleep(0.05)
      """
          + Keepers.REWRITES
          + "time.sleep(1000)\n";

  /** Of its first thread /proc shows neither words nor environment any more. */
  private static final String LEADERLESS =
      """
      import ctypes, os, threading, time
      threading.Thread(target=time.sleep, args=(1000,)).start()
      with open('report', 'a') as report:
        report.write('KEPT %d\\n' % os.getpid())
      ctypes.CDLL(None).pthread_exit(None)
      """;

  @ParameterizedTest
  @CsvSource({
    "'process-group=true,keep=leaderless.py', exec python3 leaderless.py, false",
    "'process-group=true,keep=leaderless.py', exec python3 leaderless.py, true",
    "process-group=true, 'REAPER_KEEP=true python3 leaderless.py & wait', true"
  })
  void processWhoseFirstThreadHasEndedIsKept(String options, String script, boolean crash)
      throws IOException {
    assumeThat(Machine.allows("python3", "-c", "import ctypes")).as("python3 is there").isTrue();
    Launch launch = launch(options).under("setsid");
    Files.writeString(launch.dir().resolve("leaderless.py"), LEADERLESS);
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", script)) {
      until(worker, () -> worker.reported("KEPT").size() == 1);
      Proc kept = one(worker, "KEPT");
      until(worker, () -> kept.state() == 'Z' && Traces.areStartsOver(worker));
      if (crash) {
        crash(worker);
      } else {
        endInOrder(worker);
      }
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** The agent has looked at the script's own environment by then, and may look no more. */
  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true"})
  void programThatAScriptBecomesAfterAWhileAndGivesTheMarkLivesOnThoughItWritesOverIt(String mode)
      throws IOException {
    assumeThat(Machine.allows("python3", "-c", "import os")).as("python3 is there").isTrue();
    Launch launch = launch(mode);
    Files.writeString(launch.dir().resolve("later.py"), REWRITES_WHEN_TOLD);
    String script = "sleep 1; REAPER_KEEP=true exec python3 later.py";
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", script)) {
      until(worker, () -> worker.reported("LATER").size() == 1);
      Proc later = one(worker, "LATER");
      Pattern noted = Pattern.compile("(?m)^kept +" + later.pid() + " ");
      until(
          worker, () -> noted.matcher(Files.readString(Traces.ledgerFiles(worker).get(0))).find());
      Files.createFile(launch.dir().resolve("go"));
      until(worker, () -> !later.environment().contains("REAPER_KEEP"));
      crash(worker);
      assertThat(later.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** As a script that becomes another program when it is told to end. */
  @ParameterizedTest
  @ValueSource(strings = {"children=true", "process-group=true"})
  void processThatAsksToBeKeptWhenItIsToldToEndOutlivesACrash(String mode) throws IOException {
    Launch launch = Launch.on(jdk).under("setsid");
    launch.agent(mode + ",grace=2s,dir=" + Traces.ledgers(launch.dir()));
    // What it would say of the killed sleep, nobody reads any more.
    String script =
        """
        exec 2>/dev/null
        trap 'REAPER_KEEP=true exec sh "$0/leaf" KEPT' TERM
        echo "CHILD $$" >>"$0/report"
        while :; do sleep 0.05; done
        """;
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", script)) {
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(worker, () -> Traces.isWatched(worker));
      crash(worker);
      assertThat(one(worker, "KEPT").isAlive()).as(worker.stderr()).isTrue();
      assertThat(worker.stderr())
          .doesNotContain("and the rest", "left behind", "[" + one(worker, "KEPT").pid() + "]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasGivenTheMarkAtItsStartLivesOnThoughItHasWrittenOverIt(boolean crash) {
    assumeThat(Machine.allows("python3", "-c", "import sys")).as("python3 is there").isTrue();
    try (Worker worker =
        start(launch("subreaper=true"), Keepers.PLAIN, Keepers.GIVEN, Keepers.REWRITING)) {
      if (crash) {
        crash(worker);
      } else {
        endInOrder(worker);
        assertThat(worker.stderr())
            .contains("kept 2 processes: ")
            .contains("[" + one(worker, Keepers.REWRITING).pid() + "] (REAPER_KEEP=true");
      }
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.GIVEN).isAlive()).isTrue();
      assertThat(one(worker, Keepers.REWRITING).isAlive()).isTrue();
    }
  }

  @Test
  void whatIsStartedInTheMiddleOfAStartHasNoPartInItsMark() {
    try (Worker worker = start(launch("children=true"), Keepers.AROUND, Keepers.IN_BETWEEN)) {
      endInOrder(worker);
      assertThat(one(worker, Keepers.IN_BETWEEN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.AROUND).isAlive()).isTrue();
    }
  }

  @Test
  void redisServerThatWasGivenTheMarkLivesOn() {
    assumeThat(Machine.allows("redis-server", "--version")).as("redis-server is there").isTrue();
    expectRealOneToLiveOn(launch("children=true"), REDIS);
  }

  @Test
  void pythonProgramThatSetsItsTitleLivesOn() throws IOException {
    assumeThat(Machine.allows("python3", "-c", "import setproctitle"))
        .as("setproctitle is there")
        .isTrue();
    Launch launch = launch("children=true");
    Path program = launch.dir().resolve("titled.py");
    Files.writeString(
        program,
        """
        import setproctitle, time
        setproctitle.setproctitle('a title')
        time.sleep(1000)
        """);
    expectRealOneToLiveOn(launch, "python3 " + program);
  }

  private static void expectRealOneToLiveOn(Launch launch, String commandLine) {
    try (Worker worker = start(launch, Keepers.PLAIN, commandLine)) {
      endInOrder(worker);
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.REAL).isAlive()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true", "process-group=true"})
  void markThatTheWorkerHasItselfKeepsNoneAtAnOrderlyEnd(String mode) {
    Launch launch = launch(mode).environment("REAPER_KEEP", "true");
    try (Worker worker = start(launch, Keepers.PLAIN, Keepers.GIVEN)) {
      endInOrder(worker);
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.GIVEN).isAlive()).isFalse();
      assertThat(worker.stderr().lines().filter(line -> line.contains("it keeps no process")))
          .singleElement()
          .asString()
          .contains("[warn] REAPER_KEEP=true is in this worker");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true", "process-group=true"})
  void markThatTheWorkerHasItselfKeepsNoneInACrash(String mode) {
    Launch launch = launch(mode).environment("REAPER_KEEP", "true");
    try (Worker worker = start(launch, Keepers.PLAIN, Keepers.GIVEN)) {
      crash(worker);
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.GIVEN).isAlive()).isFalse();
    }
  }

  @Test
  void leakIsALeakThoughTheWorkerHasTheMarkItself() {
    Launch launch = launch("leaks=fail").environment("REAPER_KEEP", "true");
    try (Worker worker = start(launch, Keepers.PLAIN)) {
      worker.sayNothing();
      assertThat(worker.waitFor(30)).isEqualTo(70);
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
    }
  }

  @Test
  void workerThatStartsNoProcessSaysNothingOfItsMark() {
    try (Worker worker =
        launch("children=true").environment("REAPER_KEEP", "true").start(Keepers.class)) {
      endInOrder(worker);
      assertThat(worker.stderr()).doesNotContain("[warn]");
    }
  }

  @Test
  void markThatRunHasItselfKeepsNone() {
    Launch launch = Launch.on(jdk).environment("REAPER_KEEP", "true");
    String leaf = Worker.leaf(launch.dir()).toString();
    String script =
        "setsid sh \"$0\" ORPHAN & while ! grep -q ORPHAN \"${0%/*}/report\"; do :; done";
    try (Worker run = launch.tool("run", "--", "sh", "-c", script, leaf)) {
      assertThat(run.waitFor(30)).isZero();
      assertThat(one(run, "ORPHAN").isAlive()).isFalse();
      assertThat(run.stderr()).containsOnlyOnce("it keeps no process");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void markThatAScriptGivesCountsAsLongAsTheWorkerHasNone(boolean inherited) {
    Launch launch = launch("subreaper=true");
    if (inherited) {
      launch.environment("REAPER_KEEP", "true");
    }
    try (Worker worker = start(launch, Keepers.BY_SCRIPT)) {
      endInOrder(worker);
      assertThat(one(worker, Keepers.BY_SCRIPT).isAlive()).isEqualTo(!inherited);
    }
  }

  @Test
  void scriptIsKeptWhileItIsItsShell() {
    for (String path : new String[] {"", "/"}) {
      Launch launch = Launch.on(jdk);
      String entry = path.isEmpty() ? "" : launch.dir() + path;
      launch.agent("log=info,grace=5s,keep=" + entry + Keepers.SCRIPT_FILE);
      try (Worker worker = start(launch, Keepers.SCRIPT, Keepers.PLAIN)) {
        endInOrder(worker);
        assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
        assertThat(one(worker, Keepers.SCRIPT).isAlive()).isTrue();
        // On a busy machine the shell may be in uninterruptible sleep at that moment, which is
        // said.
        assertThat(worker.stderr())
            .containsPattern(
                "[(]([a-z ,]+; )?" + Pattern.quote("keep=" + entry + Keepers.SCRIPT_FILE + ")"));
      }
    }
  }

  @Test
  void programIsKeptByItsPathThoughItHasBeenRemoved() {
    Launch launch = Launch.on(jdk);
    launch.agent("grace=5s,keep=" + launch.dir().resolve(Keepers.PROGRAM_FILE));
    try (Worker worker = start(launch, Keepers.PROGRAM, Keepers.PLAIN)) {
      endInOrder(worker);
      assertThat(one(worker, Keepers.PLAIN).isAlive()).isFalse();
      assertThat(one(worker, Keepers.PROGRAM).isAlive()).isTrue();
    }
  }
}
