package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code java -jar reaper-agent.jar run}: any command, and the end of all that is left of it. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record RunIT(Jdk jdk) {

  private static final int LONG_CHAIN = 1000;
  private static final int SHORT_CHAIN = 10;

  private static final String[] PID_NAMESPACE = {"unshare", "--pid", "--fork", "--mount-proc"};

  /** Runs a command; without the agent, as the shell would. */
  private Worker run(Launch launch, List<String> options, String... command) {
    List<String> arguments = new ArrayList<>();
    launch.environment("XDG_RUNTIME_DIR", launch.dir().toString());
    if (Launch.agentIsOff()) {
      arguments.addAll(List.of(command).subList(1, command.length));
      return launch.start(Path.of(command[0]), arguments);
    }
    arguments.addAll(List.of("-jar", Launch.agentJar().toString(), "run"));
    arguments.addAll(options);
    arguments.add("--");
    arguments.addAll(List.of(command));
    return launch.start(jdk.java(), arguments);
  }

  private Worker run(String... command) {
    Launch launch = Launch.on(jdk);
    command = command.clone();
    for (int i = 0; i < command.length; i++) {
      command[i] = command[i].equals("LEAF") ? Worker.leaf(launch.dir()).toString() : command[i];
    }
    return run(launch, List.of(), command);
  }

  /** Runs a script that starts all who hide, and returns when they are there. */
  private Worker runHiders(int chain, String forker) {
    Launch launch = Launch.on(jdk);
    String script = Hiding.script(launch.dir()).toString();
    Worker worker = run(launch, List.of(), "sh", script, String.valueOf(chain), forker);
    return Machine.closedUnless(worker, () -> Hiding.areAll(worker.dir()));
  }

  /** Runs a script whose $0 is the leaf. */
  private Worker runScript(List<String> options, String script) {
    Launch launch = Launch.on(jdk);
    return run(launch, options, "sh", "-c", script, Worker.leaf(launch.dir()).toString());
  }

  private static String text(Worker worker, String file) throws IOException {
    Path path = worker.dir().resolve(file);
    return Files.exists(path) ? Files.readString(path) : "";
  }

  /** Nobody who was started is left, and the forker neither. */
  private static void expectNobody(Worker worker) {
    // But for the sentinel, which has the last word.
    assertThat(Hiding.anybody(worker.dir()))
        .filteredOn(proc -> !proc.environment().contains("reaper_sentinel"))
        .extracting(Proc::commandLine)
        // One that is about to be gone has no command line any more.
        .allMatch(String::isEmpty);
    assertThat(Hiding.isForking(worker.dir())).as("the forker forks").isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 125, 127, 128, 255})
  void statusOfTheCommandComesThrough(int status) {
    try (Worker worker = run("sh", "-c", "exit " + status)) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "KILL, 137", "SEGV, 139", "TERM, 143"})
  void commandThatASignalEndedIsToldAsTheShellTellsIt(String signal, int status) {
    try (Worker worker = run("sh", "-c", "ulimit -c 0; kill -" + signal + " $$")) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @Test
  void commandThatIsNotThereOrNotExecutableHasTheShellsStatus() {
    assumeThat(Launch.agentIsOff()).as("nothing to start without the agent").isFalse();
    expectOneLine(run("no-such-command"), 127, "no-such-command");
    Launch launch = Launch.on(jdk);
    String report = launch.dir().resolve("report").toString();
    expectOneLine(run(launch, List.of(), report), 126, report);
    expectOneLine(run("/tmp"), 126, "/tmp");
  }

  private static void expectOneLine(Worker run, int status, String named) {
    try (Worker worker = run) {
      assertThat(worker.waitFor(20)).isEqualTo(status);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains(named)
          .doesNotContain("Exception");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--grace, soon, soon",
    "--signal, FOO, FOO",
    "--log, loud, loud",
    "--grase, 2s, --grase"
  })
  void wrongArgumentIsNamedAndTheCommandIsNotStarted(String option, String value, String named) {
    Launch launch = Launch.on(jdk);
    try (Worker worker =
        run(launch, List.of(option, value), "touch", launch.dir().resolve("started").toString())) {
      assertThat(worker.waitFor(20)).isEqualTo(125);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).contains(named).doesNotContain("Exception", "\tat ");
      assertThat(worker.dir().resolve("started")).doesNotExist();
    }
  }

  @Test
  void runWithoutACommandIsAWrongArgument() {
    assumeThat(Launch.agentIsOff()).as("nothing to start without the agent").isFalse();
    List<String> nothing = List.of("-jar", Launch.agentJar().toString(), "run");
    try (Worker worker = Launch.on(jdk).start(jdk.java(), nothing)) {
      assertThat(worker.waitFor(20)).isEqualTo(125);
      assertThat(worker.stderr()).doesNotContain("Exception", "\tat ").isNotEmpty();
    }
  }

  @Test
  void whatFollowsTheCommandsNameIsTheCommands() {
    assumeThat(Launch.agentIsOff()).as("nothing to start without the agent").isFalse();
    for (List<String> options : List.of(List.<String>of(), List.of("--grace", "1s"))) {
      List<String> arguments =
          new ArrayList<>(List.of("-jar", Launch.agentJar().toString(), "run"));
      arguments.addAll(options);
      arguments.addAll(List.of("sh", "-c", "exit $#", "--help", "--grace", "-h", "--"));
      try (Worker worker = Launch.on(jdk).start(jdk.java(), arguments)) {
        assertThat(worker.waitFor(20)).as(worker.stderr()).isEqualTo(3);
        assertThat(worker.stdout()).isEmpty();
      }
    }
  }

  /** Those of signal(7) that end a process, but for faults and for those that no handler sees. */
  @Test
  void everySignalToTheSupervisorReachesTheCommand() throws IOException {
    List<String> signals =
        List.of(
            "TERM INT HUP USR1 USR2 WINCH QUIT ALRM IO PWR SYS VTALRM PROF STKFLT RTMIN RTMAX"
                .split(" "));
    try (Worker worker =
        run(
            "bash",
            "-c",
            """
            for s in $1; do trap "echo $s >> '${0%/*}/heard'" $s; done
            echo "COMMAND $$" >> "${0%/*}/report"
            while [ ! -e "${0%/*}/over" ]; do sleep 0.02; done
            exit 5
            """,
            "LEAF",
            String.join(" ", signals))) {
      until(worker, () -> !worker.reported("COMMAND").isEmpty());
      // Of the command's own disposition: what was ignored when this JVM was started stays so.
      Proc command = worker.reported("COMMAND").get(0);
      until(worker, () -> isPassedOn(worker));
      // One after the other: of two that are pending, the kernel delivers the lower number first.
      List<String> expected = new ArrayList<>();
      for (String signal : signals) {
        int number = NUMBERS.getOrDefault(signal, 0);
        // Not every sh knows these names.
        worker
            .launched()
            .signal(signal.replace("STKFLT", "16").replace("RTMIN", "34").replace("RTMAX", "64"));
        if (number == 0 || !command.ignores(number)) {
          expected.add(signal);
        }
        until(worker, () -> text(worker, "heard").lines().toList().equals(expected));
      }
      Files.createFile(worker.dir().resolve("over"));
      assertThat(worker.waitFor(20)).isEqualTo(5);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).isEmpty();
    }
  }

  /** A background job of a shell has them ignored, and so has every process below. */
  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "QUIT", 3);

  /** Whether the supervisor has a handler for the last of all signals. */
  private static boolean isPassedOn(Worker worker) {
    String caught = worker.launched().status("SigCgt");
    return !caught.isEmpty() && Long.parseUnsignedLong(caught, 16) < 0;
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "SEGV"})
  void whateverEndsTheSupervisorEndsItsCommandAndAllBelow(String signal) {
    try (Worker worker = runHiders(SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.launched().signal(signal);
      worker.waitFor(20);
      Until.until(() -> Hiding.anybody(worker.dir()).isEmpty());
      Until.until(() -> !Hiding.isForking(worker.dir()));
    }
  }

  @Test
  void signalThatEndsTheCommandEndsAllThatIsLeftOfIt() {
    try (Worker worker = runHiders(SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.launched().signal("TERM");
      assertThat(worker.waitFor(20)).isEqualTo(143);
      expectNobody(worker);
    }
  }

  @Test
  void bytesPassThroughInBothDirectionsAndAnEndOfFileIsOne() throws IOException {
    Launch launch = Launch.on(jdk);
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    Files.write(launch.dir().resolve("in"), bytes);
    launch.under("sh", "-c", "cat in | \"$0\" \"$@\" 2> err | cat > out");
    String script = "tee /dev/stderr; printf end";
    try (Worker worker = run(launch, List.of(), "sh", "-c", script)) {
      assertThat(worker.waitFor(20)).isZero();
      byte[] out = Files.readAllBytes(worker.dir().resolve("out"));
      assertThat(out).startsWith(bytes).endsWith("end".getBytes()).hasSize(bytes.length + 3);
      assertThat(worker.dir().resolve("err")).hasBinaryContent(bytes);
    }
  }

  @Test
  void commandHearsALineWhenItIsSaid() {
    try (Worker worker = run("cat")) {
      worker.say("first");
      until(worker, () -> worker.stdout().equals("first\n"));
      worker.say("second");
      until(worker, () -> worker.stdout().equals("first\nsecond\n"));
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
    }
  }

  @Test
  void whileTheCommandLivesNobodyIsKilledAndOrphansThatEndAreReaped() {
    try (Worker worker =
        runScript(
            List.of(),
            """
            (setsid sh "$0" ORPHAN &)
            for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.2 & echo "SHORT $!" >> "${0%/*}/report"); done
            echo "COMMAND $$" >> "${0%/*}/report"
            read -r order && exit "$order"
            """)) {
      until(worker, () -> worker.reported("SHORT").size() == 10);
      until(worker, () -> worker.reported("ORPHAN").size() == 1);
      until(worker, () -> worker.reported("COMMAND").size() == 1);
      Proc orphan = worker.reported("ORPHAN").get(0);
      Proc command = worker.reported("COMMAND").get(0);
      Proc supervisor = worker.launched();
      until(worker, () -> worker.reported("SHORT").stream().noneMatch(Proc::isAlive));
      until(
          worker,
          () ->
              Proc.childrenOf(supervisor.pid()).stream()
                  .allMatch(List.of(orphan, command)::contains));
      assertThat(Proc.childrenOf(supervisor.pid())).containsExactlyInAnyOrder(orphan, command);

      worker.say("7");
      assertThat(worker.waitFor(20)).isEqualTo(7);
      assertThat(orphan.isAlive()).isFalse();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("killed 1 process", "sleep[" + orphan.pid() + "]");
    }
  }

  @Test
  void everybodyBelowDiesWhateverItDidToHide() {
    try (Worker worker = runHiders(LONG_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.say("42");
      assertThat(worker.waitFor(20)).isEqualTo(42);
      expectNobody(worker);
      assertThat(worker.stderr().lines()).hasSize(1);
    }
  }

  @Test
  void processThatForksForEverWithoutAPauseDies() {
    try (Worker worker = runHiders(1, Hiding.RESTLESS_FORKER)) {
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      expectNobody(worker);
    }
  }

  @Test
  void chainDiesThatHasLostLinksInItsMiddle() {
    try (Worker worker = runHiders(SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      Proc end = Hiding.named(worker.dir(), "END_OF_CHAIN").get(0);
      Proc.of(Proc.of(end.ppid()).orElseThrow().ppid()).orElseThrow().kill();
      until(worker, () -> Proc.of(end.ppid()).orElseThrow().ppid() == worker.launched().pid());
      assertThat(end.isAlive()).isTrue();
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      expectNobody(worker);
    }
  }

  @Test
  void commandThatIsKilledLeavesNobody() {
    try (Worker worker = runHiders(SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      Proc child = Hiding.named(worker.dir(), "CHILD").get(0);
      Proc.of(child.ppid()).orElseThrow().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      expectNobody(worker);
    }
  }

  private static final String TELLER =
      """
      setsid sh -c '
        for s in TERM USR1; do trap "echo $s >> \\"${0%/*}/heard\\"; exit 0" $s; done
        echo "TELLER $$" >> "${0%/*}/report"
        while :; do sleep 0.02; done
      ' "$0" &
      read -r order && exit "$order"
      """;

  @ParameterizedTest
  @CsvSource({"'', TERM", "--grace=0, ''", "--grace=20s, TERM", "--grace=20s --signal=USR1, USR1"})
  void whoIsLeftHearsThePoliteSignalIfThereIsAGrace(String options, String heard)
      throws IOException {
    List<String> words = options.isEmpty() ? List.of() : List.of(options.split(" "));
    try (Worker worker = runScript(words, TELLER)) {
      until(worker, () -> !worker.reported("TELLER").isEmpty());
      worker.say("3");
      assertThat(worker.waitFor(10)).isEqualTo(3);
      assertThat(worker.reported("TELLER")).hasSize(1).noneMatch(Proc::isAlive);
      assertThat(text(worker, "heard").strip()).isEqualTo(heard);
    }
  }

  @Test
  void keptOnesLiveOnAndNobodyElse() throws IOException {
    Launch launch = Launch.on(jdk);
    // A copy, not a link: the name that counts is that of the executable.
    Files.copy(Path.of("/bin/sleep"), launch.dir().resolve("keepme"));
    String script =
        """
        (setsid "${0%/*}/keepme" 1000 & echo "BY_NAME $!" >> "${0%/*}/report")
        (REAPER_KEEP=true setsid sh "$0" BY_ENVIRONMENT &)
        (setsid sh "$0" OTHER &)
        read -r order && exit "$order"
        """;
    String leaf = Worker.leaf(launch.dir()).toString();
    try (Worker worker = run(launch, List.of("--keep", "keepme"), "sh", "-c", script, leaf)) {
      until(worker, () -> worker.reported().size() == 3);
      Proc byName = worker.reported("BY_NAME").get(0);
      // The agent knows it by its name only once it has been executed.
      until(worker, () -> byName.commandLine().contains("keepme"));
      worker.say("0");
      assertThat(worker.waitFor(20)).isZero();
      assertThat(byName.isAlive()).isTrue();
      assertThat(worker.reported("BY_ENVIRONMENT")).hasSize(1).allMatch(Proc::isAlive);
      assertThat(worker.reported("OTHER")).hasSize(1).noneMatch(Proc::isAlive);
    }
  }

  @Test
  void firstProcessOfAPidNamespaceReapsOrphansAndTellsTheStatus() throws IOException {
    assumeThat(Machine.allows(PID_NAMESPACE)).as("may make a PID namespace").isTrue();
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    Hiding.sleeper(launch.dir(), "LIVING");
    Hiding.sleeper(launch.dir(), "ENDING");
    String script =
        """
        (setsid "$0/LIVING" 1000 &)
        for i in 1 2 3 4 5 6 7 8 9 10; do (setsid "$0/ENDING" 0.2 & echo started); done
        read -r order && exit "$order"
        """;
    try (Worker worker = run(launch, List.of(), "sh", "-c", script, launch.dir().toString())) {
      until(worker, () -> worker.stdout().lines().count() == 10);
      until(worker, () -> Hiding.named(worker.dir(), "LIVING").size() == 1);
      until(worker, () -> Hiding.named(worker.dir(), "ENDING").isEmpty());
      Proc first = Proc.childrenOf(worker.launched().pid()).get(0);
      until(worker, () -> Proc.childrenOf(first.pid()).size() == 2);
      assertThat(Hiding.named(worker.dir(), "LIVING"))
          .singleElement()
          .extracting(Proc::ppid)
          .isEqualTo(first.pid());
      worker.say("77");
      assertThat(worker.waitFor(20)).isEqualTo(77);
      expectNobody(worker);
    }
  }

  @Test
  void firstProcessOfAPidNamespacePassesSignalsOn() {
    assumeThat(Machine.allows(PID_NAMESPACE)).as("may make a PID namespace").isTrue();
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    String script = "trap 'exit 33' TERM; echo ready; while :; do sleep 0.02; done";
    try (Worker worker = run(launch, List.of(), "sh", "-c", script, launch.dir().toString())) {
      until(worker, () -> worker.stdout().equals("ready\n"));
      Proc.childrenOf(worker.launched().pid()).get(0).signal("TERM");
      assertThat(worker.waitFor(20)).isEqualTo(33);
    }
  }
}
