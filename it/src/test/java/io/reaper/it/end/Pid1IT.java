package io.reaper.it.end;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.scenario.ManySpawns;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker that is the first process of a container: every orphan of the container is its own. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record Pid1IT(Jdk jdk) {

  private static final String[] PID_NAMESPACE = {"unshare", "--pid", "--fork", "--mount-proc"};

  @BeforeEach
  void assumeNamespaces() {
    assumeThat(Machine.allows(PID_NAMESPACE)).as("may make a PID namespace").isTrue();
  }

  /** Its report is not the one that the harness reads: the pids in it are others' out here. */
  private Worker first(Class<?> main, String... arguments) throws IOException {
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    return first(launch.agent(options(launch)), main, arguments);
  }

  private static String options(Launch launch) {
    return "subreaper=true,grace=20s,dir=" + launch.dir().resolve("ledgers");
  }

  private Worker first(Launch launch, Class<?> main, String... arguments) throws IOException {
    Path report = Files.createFile(launch.dir().resolve("report-from-inside"));
    List<String> command = new ArrayList<>(List.of("-cp", Launch.classes().toString()));
    command.addAll(List.of(main.getName(), report.toString()));
    command.addAll(List.of(arguments));
    return launch.start(jdk.java(), command);
  }

  private static Proc jvm(Worker worker) {
    return Proc.childrenOf(worker.launched().pid()).get(0);
  }

  @Test
  void orphansThatEndAreReapedAndExitStatusesAreTrue() throws IOException {
    try (Worker worker = first(ManySpawns.class, "400", "statuses")) {
      until(worker, () -> worker.stdout().endsWith("wrong\n"));
      assertThat(worker.stdout()).isEqualTo("0 wrong\n");
      until(worker, () -> Proc.childrenOf(jvm(worker).pid()).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  /** As an image does it that sets JAVA_TOOL_OPTIONS, and a pod that brings the agent along. */
  @NeedsAgent
  @Test
  void agentThatTheContainersEnvironmentNamesIsThere() throws IOException {
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    String agent = "-javaagent:" + Launch.agentJar() + "=" + options(launch);
    launch.environment("JAVA_TOOL_OPTIONS", agent);
    try (Worker worker = first(launch, ManySpawns.class, "100", "statuses")) {
      until(worker, () -> worker.stdout().endsWith("wrong\n"));
      assertThat(worker.stdout()).isEqualTo("0 wrong\n");
      until(worker, () -> Proc.childrenOf(jvm(worker).pid()).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.stderr()).isEqualTo("Picked up JAVA_TOOL_OPTIONS: " + agent + "\n");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MAIN_RETURNS", "SYSTEM_EXIT"})
  void orderlyEndIsPoliteAndThereIsNoSentinel(End end) throws IOException {
    // The pipes to the worker broke when its own child ended, and sh has a word to say on stderr.
    String teller =
        """
        exec > /dev/null 2>&1
        trap 'echo heard >> "$0/signals"; exit 0' TERM
        echo listening >> "$0/signals"
        while :; do sleep 0.02; done
        """;
    try (Worker worker = first(Shell.class, "(setsid sh -c '" + quoted(teller) + "' \"$0\" &)")) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      until(worker, () -> Files.exists(worker.dir().resolve("signals")));
      // In the namespace there are the worker, and its adopted orphan with a sleep of its own.
      assertThat(Hiding.alive(worker.dir()))
          .noneMatch(proc -> proc.commandLine().contains("reaper-sentinel"));
      assertThat(worker.dir().resolve("ledgers").toFile().list())
          .noneMatch(file -> file.contains(".ledger"));
      end.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(end.status());
      assertThat(worker.dir().resolve("signals")).hasContent("listening\nheard\n");
      assertThat(worker.stderr().lines()).singleElement().asString().contains("killed");
    }
  }

  @NeedsAgent
  @Test
  void thatThereIsNoLedgerIsSaidWithTheReason() throws IOException {
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    launch.agent("log=info," + options(launch));
    try (Worker worker = first(launch, Shell.class, "exit 0", "exit 0")) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      assertThat(worker.stderr()).contains(" is on, ", ", no ledger (PID 1 needs none); ");
      String pid = Long.toString(jvm(worker).pid());
      Launch inside = Launch.on(jdk).under("nsenter", "-t", pid, "-p", "-m");
      assertThat(Answer.of(inside.tool("ps")).mustSucceed())
          .containsPattern("(?m)^1 .* \\(no ledger: PID 1 needs none\\)$");
    }
  }

  private static final String TELLER =
      """
      trap 'echo heard >> "$0/signals"' TERM INT HUP CONT
      exec > /dev/null 2>&1
      echo "listening $1" >> "$0/signals"
      while :; do sleep 0.02; done
      """;

  /** As docker exec does it: its processes have no parent in the container. */
  @ParameterizedTest
  @ValueSource(strings = {"", "process-group=true,"})
  void orphanOfAProcessThatCameFromOutsideAndAServiceOfTheContainerAreLeftAlone(String more)
      throws IOException {
    String entry = "bash -c '" + quoted(TELLER) + "' \"$0\" service & exec \"$@\"";
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    launch.under("bash", "-c", entry, launch.dir().toString());
    launch.agent(more + "leaks=fail,log=debug," + options(launch));
    try (Worker worker = first(launch, Shell.class, "exit 0", "setsid sh -c 'sleep 1000 &'")) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      String inside = "(setsid bash -c '" + quoted(TELLER) + "' \"$0\" orphan &)";
      Proc jvm = jvm(worker);
      String pid = Long.toString(jvm.pid());
      Launch exec = Launch.on(jdk).under("nsenter", "-t", pid, "-p", "-m");
      String dir = worker.dir().toString();
      // Open to the end: its closing ends what it has left, and so the orphan.
      try (Worker execed = exec.start(Path.of("sh"), List.of("-c", inside, dir))) {
        assertThat(execed.waitFor(20)).as(execed.stderr()).isZero();
        // The sleeper has come to the worker after the others, and the agent has seen it.
        until(worker, () -> Files.readString(worker.dir().resolve("signals")).contains("orphan"));
        until(worker, () -> worker.stderr().contains("adopted "));
        Proc own = own(jvm);
        own.kill();
        until(worker, () -> own.state() == 'X');
        assertThat(Proc.childrenOf(jvm.pid()))
            .anyMatch(child -> child.commandLine().endsWith(" orphan"))
            .anyMatch(child -> child.commandLine().endsWith(" service"));
        End.MAIN_RETURNS.bringTo(worker);
        assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      }
      // What has ended of theirs is reaped, as the first process of a namespace must.
      assertThat(worker.stderr())
          .doesNotContain("killed")
          .doesNotContainPattern("adopted \\d+ \"bash\"");
      assertThat(Files.readAllLines(worker.dir().resolve("signals")))
          .containsExactlyInAnyOrder("listening service", "listening orphan");
    }
  }

  private static Proc own(Proc jvm) {
    return Proc.childrenOf(jvm.pid()).stream()
        .filter(child -> child.commandLine().equals("sleep 1000"))
        .findFirst()
        .orElseThrow();
  }

  private static String quoted(String script) {
    return script.replace("'", "'\\''");
  }

  /** As an entry script does it in a language whose wait takes any child: it has one, it thinks. */
  @NeedsAgent
  @Test
  void firstProcessThatWaitsForAnyChildReadsTheStatusOfTheWorker() throws IOException {
    String entry =
        "my $child = fork; if (!$child) { exec @ARGV } my $ended = wait;"
            + " exit($ended == $child ? $? >> 8 : 99)";
    assumeThat(Machine.allows("perl", "-e", "exec @ARGV")).as("there is perl").isTrue();
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE).under("perl", "-e", entry);
    launch.agent("dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = first(launch, Shell.class, "exit 0", "exec sleep 1000")) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      until(worker, () -> Traces.sentinels(worker).size() == 1);
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isEqualTo(3);
    }
  }

  @Test
  void signalEndsTheWorkerInOrder() throws IOException {
    try (Worker worker = first(Shell.class, "exec sleep 1000")) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      jvm(worker).signal("TERM");
      assertThat(worker.waitFor(20)).isEqualTo(143);
      assertThat(worker.stderr().lines()).singleElement().asString().contains("killed 1 process");
    }
  }
}
