package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker in a PID namespace with the /proc of the one above: each of its numbers is there
 * another's.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ForeignProcIT(Jdk jdk) {

  private static final String[] SANDBOX = {"unshare", "--pid", "--fork"};
  private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");
  private static final int INNOCENTS = 400;

  /**
   * Starts innocents whose numbers inside are those that the worker's processes will have outside:
   * the next ones after the innocents' own, give or take those of others on this machine.
   */
  private static final String AMONG_INNOCENTS =
      """
      read -r here rest < /proc/self/stat
      echo $((here + 200)) > /proc/sys/kernel/ns_last_pid
      n=0
      while [ "$n" -lt 400 ]; do sleep 1000 & n=$((n + 1)); done
      "$@"
      echo "$?" > "$0/status"
      until [ -e "$0/over" ]; do sleep 0.05; done
      """;

  @BeforeEach
  void assumeSandbox() {
    assumeThat(Machine.allows(SANDBOX)).as("may make a PID namespace").isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "process-group=true,", "subreaper=true,", "cgroup=true,", "leaks=fail,"})
  void noProcessIsKilledByANumberAndOneLineSaysSo(String modes) throws IOException {
    assumeThat(Files.isWritable(LAST_PID)).as("may choose the next number").isTrue();
    Launch launch = sandboxed();
    launch.under("sh", "-c", AMONG_INNOCENTS, launch.dir().toString());
    launch.agent(modes + "dir=" + launch.dir().resolve("ledgers"));
    String report = Files.createFile(launch.dir().resolve("report-from-inside")).toString();
    List<String> command =
        Stream.concat(
                Stream.of("-cp", Launch.classes().toString(), Shell.class.getName(), report),
                Stream.generate(() -> "exec sleep 2000").limit(5))
            .toList();
    try (Worker worker = launch.start(jdk.java(), command)) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      List<Proc> innocents = innocents(worker);
      assertThat(innocents).hasSize(INNOCENTS);
      End.MAIN_RETURNS.bringTo(worker);
      until(worker, () -> Files.exists(worker.dir().resolve("status")));
      assertThat(innocents).allMatch(Proc::isAlive, "is alive");
      until(worker, () -> Files.readString(worker.dir().resolve("status")).equals("0\n"));
      Files.createFile(worker.dir().resolve("over"));
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("[warn] /proc is of another PID namespace", "unshare --mount-proc");
      assertThat(Ledgers.in(worker.dir().resolve("ledgers"))).isEmpty();
    }
  }

  private static List<Proc> innocents(Worker worker) {
    Proc first = Proc.childrenOf(worker.launched().pid()).get(0);
    return Proc.childrenOf(first.pid()).stream()
        .filter(child -> child.commandLine().equals("sleep 1000"))
        .toList();
  }

  @Test
  void strictWorkerIsNotStarted() {
    Launch launch = sandboxed();
    launch.agent("subreaper=true,strict=true,dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = launch.start(Shell.class)) {
      assertThat(worker.waitFor(20)).isEqualTo(2);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr().lines())
          .hasSize(2)
          .last()
          .asString()
          .contains("strict=true", "not started");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ps", "ps --dir /tmp", "tree 2", "sweep", "attach 2", "run -- echo ran"})
  void commandsRefuseInOneLine(String command) {
    Answer answer = Answer.of(sandboxed().tool(command.split(" ")));
    assertThat(answer.status()).isEqualTo(command.startsWith("run") ? 125 : 1);
    assertThat(answer.said()).isEmpty();
    assertThat(answer.refused().lines())
        .singleElement()
        .asString()
        .contains("[error] /proc is of another PID namespace", "unshare --mount-proc");
  }

  @Test
  void doctorHasARowForItAndPromisesNothing() {
    Answer doctor = Answer.of(sandboxed().tool("doctor"));
    assertThat(doctor.status()).isEqualTo(1);
    assertThat(doctor.said())
        .containsPattern("(?m)^numbers +no +/proc is of another PID namespace")
        .containsPattern("(?m)^children +not available here")
        .containsPattern("(?m)^cgroup +not available here");
  }

  /** Two first processes of a namespace would share a file of the JDK's in /tmp, and it says so. */
  private Launch sandboxed() {
    return Launch.on(jdk).under(SANDBOX).jvm("-XX:-UsePerfData");
  }
}
