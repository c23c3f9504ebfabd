package io.reaper.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands say, and end with, when they are used wrongly or cannot be heard. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record CommandErrorsIT(Jdk jdk) {
  private static final int WRONG_ARGUMENT = 2;
  private static final int NOT_WRITTEN = 74;

  /** As a shell runs it, whose redirections and pipes these are. */
  private Answer inShell(Launch launch, String command) {
    String tool = "'" + jdk.java() + "' -jar '" + Launch.agentJar() + "' ";
    List<String> words = List.of("-c", command.replace("TOOL ", tool));
    return Answer.of(launch.start(Path.of("sh"), words));
  }

  @ParameterizedTest
  @CsvSource({
    "ps --jsn, 2, ps --help",
    "ps surplus, 2, ps --help",
    "tree, 2, tree --help",
    "tree nonsense, 2, tree --help",
    "doctor --dir, 2, doctor --help",
    "attach, 2, attach --help",
    "attach 1 such=option, 2, such",
    "sweep now, 2, sweep --help",
    "report, 2, report --help",
    "report none.jfr, 1, none.jfr",
    "version --of, 2, version --help",
    "run, 125, run --help",
    "run --grace soon true, 125, --grace",
    "run no-such-command, 127, no-such-command",
    "swep, 2, did you mean sweep",
    "sweep-ledger, 2, --help",
    "'', 2, --help"
  })
  void wrongCommandIsOneLineAndItsStatus(String command, int status, String named) {
    Answer answer = inShell(Launch.on(jdk), "TOOL " + command);
    assertThat(answer.said()).isEmpty();
    assertThat(answer.refused().lines())
        .singleElement()
        .asString()
        .startsWith("reaper-agent: [error] ")
        .contains(named);
    assertThat(answer.status()).isEqualTo(status);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ps",
        "ps --json",
        "ps --dir .",
        "sweep",
        "doctor",
        "doctor --json",
        "version",
        "options",
        "completion",
        "--help",
        "tree --help"
      })
  void fullDiskIsAnError(String command) throws IOException {
    assumeThat(Files.exists(Path.of("/dev/full"))).as("/dev/full is here").isTrue();
    Launch launch = Launch.on(jdk);
    Answer answer = inShell(launch, "chmod 700 .; TOOL " + command + " >/dev/full");
    assertThat(answer.said()).isEmpty();
    // Before it there may be warnings of ledgers of others on this machine.
    assertThat(answer.refused().lines().filter(line -> !line.contains("[warn]")))
        .singleElement()
        .asString()
        .startsWith("reaper-agent: [error] cannot write to stdout: No space left");
    assertThat(answer.status()).isEqualTo(NOT_WRITTEN);
  }

  @Test
  void closedPipeIsAnError() {
    // The reader has gone before a word is written: the command waits for that.
    String command =
        "mkfifo ready; { read -r gone <ready; TOOL options; echo $? >status; }"
            + " | { exec <&-; echo gone >ready; }; cat status";
    Answer answer = inShell(Launch.on(jdk), command);
    assertThat(answer.said().strip()).isEqualTo(Integer.toString(NOT_WRITTEN));
    assertThat(answer.refused().lines())
        .singleElement()
        .asString()
        .startsWith("reaper-agent: [error] cannot write to stdout: Broken pipe");
  }

  @Test
  void helpIsNoError() {
    Answer answer = inShell(Launch.on(jdk), "TOOL --help");
    assertThat(answer.status()).isZero();
    assertThat(answer.refused()).isEmpty();
    assertThat(answer.said()).contains("Usage:", "Exit status:", WRONG_ARGUMENT + " ");
  }
}
