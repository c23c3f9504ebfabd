package io.reaper.it;

import static io.reaper.it.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
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
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#all")
record ForeignProcIT(Jdk jdk) {

  private static final String[] SANDBOX = {"unshare", "--pid", "--fork"};
  private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");

  /** More than a JVM has threads and this test processes. */
  private static final int INNOCENTS = 300;

  /** Of the namespace inside, whose next number is that of the first of the innocents. */
  private static final String SAME_NUMBERS =
      """
      while [ "$(wc -l < "$0/innocents")" != 300 ]; do sleep 0.02; done
      read -r first < "$0/innocents"
      echo "$first" > /proc/sys/kernel/ns_last_pid
      "$@"
      exit $?
      """;

  @BeforeEach
  void assumeSandbox() {
    assumeThat(Launch.agentIsOff()).as("the agent is off").isFalse();
    assumeThat(Places.allows(SANDBOX)).as("may make a PID namespace").isTrue();
  }

  /** One after the other, they have numbers in a row. */
  private static Worker innocents(Path list) {
    String script =
        "for n in $(seq " + INNOCENTS + "); do sleep 1000 & echo $! >> \"$0\"; done; wait";
    return Launch.on(null).start(Path.of("sh"), List.of("-c", script, list.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "process-group=true,", "subreaper=true,", "cgroup=true,", "leaks=fail,"})
  void nobodyIsKilledByANumberAndOneLineSaysSo(String modes) throws IOException {
    assumeThat(Files.isWritable(LAST_PID)).as("may choose the next number").isTrue();
    Launch launch = Launch.on(jdk).under(SANDBOX);
    Path list = Files.createFile(launch.dir().resolve("innocents"));
    launch.under("sh", "-c", SAME_NUMBERS, launch.dir().toString());
    launch.agent(modes + "dir=" + launch.dir().resolve("ledgers"));
    String report = Files.createFile(launch.dir().resolve("report-from-inside")).toString();
    List<String> command =
        Stream.concat(
                Stream.of("-cp", Launch.classes().toString(), Shell.class.getName(), report),
                Stream.generate(() -> "exec sleep 1000").limit(5))
            .toList();
    try (Worker innocents = innocents(list);
        Worker worker = launch.start(jdk.java(), command)) {
      until(worker, () -> worker.stdout().equals(Shell.READY));
      List<Proc> beside = Proc.childrenOf(innocents.launched().pid());
      assertThat(beside).hasSize(INNOCENTS);
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      assertThat(beside).allMatch(Proc::isAlive, "is alive");
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("[warn] /proc is of another PID namespace", "unshare --mount-proc");
      assertThat(Ledgers.in(worker.dir().resolve("ledgers"))).isEmpty();
    }
  }

  @Test
  void strictWorkerIsNotStarted() {
    Launch launch = Launch.on(jdk).under(SANDBOX);
    launch.agent("subreaper=true,strict=true,dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = launch.start(Shell.class)) {
      assertThat(worker.waitFor(20)).isEqualTo(2);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr().lines()).singleElement().asString().contains("not started");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ps", "ps --dir /tmp", "tree 2", "sweep", "attach 2", "run -- echo ran"})
  void commandsRefuseInOneLine(String command) {
    try (Worker tool = tool(command)) {
      assertThat(tool.waitFor(30)).isEqualTo(command.startsWith("run") ? 125 : 1);
      assertThat(tool.stdout()).isEmpty();
      assertThat(tool.stderr().lines())
          .singleElement()
          .asString()
          .contains("[error] /proc is of another PID namespace", "unshare --mount-proc");
    }
  }

  @Test
  void doctorHasARowForItAndPromisesNothing() {
    try (Worker doctor = tool("doctor")) {
      assertThat(doctor.waitFor(30)).isEqualTo(1);
      assertThat(doctor.stdout())
          .containsPattern("(?m)^numbers +no +/proc is of another PID namespace")
          .containsPattern("(?m)^children +not to be had here")
          .containsPattern("(?m)^cgroup +not to be had here");
    }
  }

  private Worker tool(String command) {
    Launch launch = Launch.on(jdk).under(SANDBOX);
    List<String> words =
        Stream.concat(
                Stream.of("-jar", Launch.agentJar().toString()), Stream.of(command.split(" ")))
            .toList();
    return launch.start(jdk.java(), words);
  }
}
