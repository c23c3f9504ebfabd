package io.reaper.it.terminal;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.terminal.InteractiveShell.CTRL_C;
import static io.reaper.it.terminal.InteractiveShell.CTRL_D;
import static io.reaper.it.terminal.InteractiveShell.CTRL_Z;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Terminal;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker in a job of an interactive shell: what shell and keyboard do to the job reaches all. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record JobIT(Jdk jdk) {

  /** A script that runs the worker, and then reads the keyboard itself. */
  private static final String SCRIPT =
      """
      sh worker
      echo "script: status $?"
      until [ "$line" = "good bye" ]; do
        read -r line || { echo "script: cannot read"; exit 1; }
      done
      echo "script: read $line"
      """;

  private InteractiveShell shell() throws IOException {
    Launch launch = Launch.on(jdk);
    Files.writeString(launch.dir().resolve("work"), SCRIPT);
    return InteractiveShell.start(
        jdk, launch, "process-group=true,grace=300ms,log=info", Terminal.class);
  }

  /** Starts the job, and waits for the worker and its child. */
  private static Proc start(InteractiveShell shell, String job) {
    shell.type(job);
    Worker terminal = shell.terminal();
    // The second time when it is ready.
    until(terminal, () -> terminal.reported(Worker.SELF).size() == 2);
    until(terminal, () -> terminal.reported("CHILD").size() == 1);
    return shell.self();
  }

  private static void expectNoChild(InteractiveShell shell) {
    List<Proc> children = shell.terminal().reported("CHILD");
    assertThat(children).hasSize(1);
    until(() -> children.stream().noneMatch(Proc::isAlive));
  }

  /** The line "good bye" is for the script, and the end of the input for cat. */
  private static void endTheRestOf(InteractiveShell shell, String job) {
    if (job.equals("sh work")) {
      shell.shows("script: status");
      shell.type("good bye");
      shell.shows("script: read good bye");
    } else if (job.startsWith("cat")) {
      shell.type(CTRL_D);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh work", "sh worker", "cat | sh worker", "sh worker | cat"})
  void jobIsStoppedAndContinuedAndReadsTheKeyboard(String job) throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, job);
      shell.type(CTRL_Z);
      shell.expectPrompt();
      until(shell.terminal(), () -> self.state() == 'T');
      shell.type("fg");
      until(shell.terminal(), () -> self.state() != 'T');
      shell.type("hello");
      shell.shows("worker: read hello");
      shell.type("quit");
      shell.shows("worker: hook ran");
      until(() -> !self.isAlive());
      endTheRestOf(shell, job);
      shell.expectPrompt();
      expectNoChild(shell);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh work", "sh worker", "cat | sh worker", "sh worker | cat"})
  void processLeftOfTheJobReadsTheKeyboardAfterACrash(String job) throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, job);
      until(() -> Launch.agentIsOff() || Traces.isWatched(shell.terminal()));
      self.kill();
      until(() -> !self.isAlive());
      endTheRestOf(shell, job);
      shell.expectPrompt();
      expectNoChild(shell);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sh work",
        "sh worker",
        "sleep 1000 | sh worker",
        "sleep 1000 | sh worker | cat",
        "(sh worker; true)"
      })
  void ctrlCReachesAllOfTheJob(String job) throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, job);
      shell.type(CTRL_C);
      until(() -> !self.isAlive());
      shell.expectPrompt();
      expectNoChild(shell);
    }
  }

  @Test
  void jobInTheBackgroundIsStoppedWhenItReadsAndGoesOnInTheForeground() throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, "sh work &");
      until(shell.terminal(), () -> self.state() == 'T');
      // The shell says so when all of the job is stopped, and not only the worker.
      until(
          shell.terminal(),
          () -> {
            shell.expectPrompt();
            return shell.terminal().stdout().contains("Stopped");
          });
      shell.type("fg");
      until(shell.terminal(), () -> self.state() != 'T');
      shell.type("hello");
      shell.shows("worker: read hello");
      shell.type("quit");
      shell.shows("worker: hook ran");
      endTheRestOf(shell, "sh work");
      shell.expectPrompt();
      expectNoChild(shell);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh work", "sh worker", "(sh worker; true)"})
  void workerStaysInItsJobAndSaysSo(String job) throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, job);
      Worker terminal = shell.terminal();
      assertThat(self.pgrp() == self.pid()).isEqualTo(job.equals("sh worker"));
      assertThat(terminal.reported("CHILD")).allMatch(child -> child.pgrp() == self.pgrp());
      if (!Launch.agentIsOff()) {
        shell.shows("the worker stays in process group " + self.pgrp());
      }
    }
  }

  @Test
  void workerWithoutATerminalHasAGroupOfItsOwn() throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, "sleep 1000 | setsid sh work");
      assertThat(self.pgrp() == self.pid()).isNotEqualTo(Launch.agentIsOff());
      self.signal("TERM");
      until(() -> !self.isAlive());
      expectNoChild(shell);
    }
  }

  @Test
  void hookRunsAndChildrenEndWhenTheTerminalIsClosed() throws IOException {
    try (InteractiveShell shell = shell()) {
      Path heard = shell.terminal().dir().resolve("heard");
      start(shell, "sh worker | (trap '' HUP; exec cat >heard)");
      shell.hangUp();
      until(() -> Files.readString(heard).contains("worker: hook ran"));
      expectNoChild(shell);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh work", "sh worker"})
  void stoppedJobEndsWithItsChildrenWhenTheTerminalIsClosed(String job) throws IOException {
    try (InteractiveShell shell = shell()) {
      Proc self = start(shell, job);
      shell.type(CTRL_Z);
      until(shell.terminal(), () -> self.state() == 'T');
      shell.expectPrompt();
      shell.hangUp();
      until(() -> !self.isAlive());
      expectNoChild(shell);
    }
  }
}
