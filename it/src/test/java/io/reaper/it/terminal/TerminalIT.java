package io.reaper.it.terminal;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Terminal;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In a real terminal, which script(1) makes: its standard input is the keyboard. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record TerminalIT(Jdk jdk) {

  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";

  // A process in the background cannot read; the shell would be stopped, or told of an error.
  private static final String AND_READ_AFTERWARDS =
      """

      echo "script: status $?"
      until [ "$line" = "good bye" ]; do
        read -r line || { echo "script: cannot read"; exit 1; }
      done
      echo "script: read $line"
      """;

  @BeforeEach
  void assumeTerminal() {
    assumeThat(Machine.allows("script", "--quiet", "/dev/null", "--command"))
        .as("script(1) is here, of util-linux")
        .isTrue();
  }

  /** A shell script in a terminal of its own: this command, and then a line is read. */
  private static Worker inTerminal(Launch launch, String shell, List<String> command)
      throws IOException {
    Path script = launch.dir().resolve("script");
    // Ctrl-C on the keyboard is for the command; where that shares its group with the script, the
    // script must get over it.
    String ignoring = "trap : INT\n";
    Files.writeString(
        script, ignoring + "'" + String.join("' '", command) + "'" + AND_READ_AFTERWARDS);
    // script(1) runs its command by $SHELL, and some shells would stay, and take the Ctrl-C for
    // their own end.
    return launch.start(
        Path.of("script"),
        List.of("--quiet", "--return", "--command", "exec " + shell + " " + script, "/dev/null"));
  }

  private Worker worker(String modes, String shell) throws IOException {
    Launch launch = Launch.on(jdk);
    String agent = "-javaagent:" + Launch.agentJar() + "=" + modes;
    String report = launch.dir().resolve("report").toString();
    return inTerminal(
        launch,
        shell,
        List.of(
            jdk.java().toString(),
            Launch.agentIsOff() ? "-Dx=y" : agent,
            "-cp",
            Launch.classes().toString(),
            Terminal.class.getName(),
            report));
  }

  private Worker run(String... command) throws IOException {
    List<String> supervisor =
        Launch.agentIsOff()
            ? List.of("env")
            : List.of(jdk.java().toString(), "-jar", Launch.agentJar().toString(), "run", "--");
    List<String> words = new ArrayList<>(supervisor);
    words.addAll(List.of(command));
    return inTerminal(Launch.on(jdk), "sh", words);
  }

  /** With the return key after them, which after a control key makes an empty line of its own. */
  private static void type(Worker worker, String keys) {
    worker.say(keys);
  }

  private static void shows(Worker worker, String text) {
    until(worker, () -> worker.stdout().contains(text));
  }

  private static void expectTheScriptToRead(Worker worker, int status) {
    shows(worker, "script: status");
    type(worker, "good bye");
    shows(worker, "script: read good bye");
    assertThat(worker.stdout()).contains("script: status " + status).doesNotContain("cannot read");
    assertThat(worker.waitFor(20)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "bash", "bash -i"})
  void workerReadsTheTerminalAndTheScriptAfterIt(String shell) throws IOException {
    try (Worker worker = worker("process-group=true", shell)) {
      shows(worker, "worker: ready");
      Proc self = worker.self();
      // Only a shell with job control makes a group for it.
      assertThat(self.pgrp() == self.pid()).isEqualTo(shell.equals("bash -i"));
      type(worker, "hello");
      shows(worker, "worker: read hello");
      type(worker, "quit");
      shows(worker, "worker: hook ran");
      expectTheScriptToRead(worker, 0);
      assertThat(worker.reported("CHILD")).hasSize(1).noneMatch(Proc::isAlive);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "process-group=true,subreaper=true"})
  void ctrlCReachesTheWorkerAndItsHooksRun(String modes) throws IOException {
    try (Worker worker = worker(modes, "sh")) {
      shows(worker, "worker: ready");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      type(worker, CTRL_C);
      shows(worker, "worker: hook ran");
      expectTheScriptToRead(worker, 130);
      assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
    }
  }

  @Test
  void commandUnderRunReadsTheTerminalAndGivesItBack() throws IOException {
    try (Worker worker = run("sh", "-c", "echo ready; cat; echo cat: $?")) {
      shows(worker, "ready");
      type(worker, "hello");
      // Once as the terminal's echo, once as cat's.
      until(worker, () -> worker.stdout().split("hello", -1).length == 3);
      type(worker, CTRL_D);
      shows(worker, "cat: 0");
      expectTheScriptToRead(worker, 0);
    }
  }

  @Test
  void ctrlCReachesACommandUnderRunOnce() throws IOException {
    String counting =
        "trap 'n=$((n + 1)); echo \"interrupted $n\"' INT; echo ready;"
            + " until [ \"$line\" = quit ]; do read -r line; done; exit 9";
    try (Worker worker = run("sh", "-c", counting.replace("'", "'\\''"))) {
      shows(worker, "ready");
      type(worker, CTRL_C);
      shows(worker, "interrupted 1");
      type(worker, "quit");
      expectTheScriptToRead(worker, 9);
      assertThat(worker.stdout()).doesNotContain("interrupted 2");
    }
  }
}
