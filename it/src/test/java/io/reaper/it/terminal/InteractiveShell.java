package io.reaper.it.terminal;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A bash with job control and a prompt, in a terminal that script(1) makes, and its keyboard. */
final class InteractiveShell implements AutoCloseable {

  static final String CTRL_C = "\u0003";
  static final String CTRL_D = "\u0004";
  static final String CTRL_Z = "\u001a";

  /** A copy of the agent in the launch's directory is what is used. */
  static final String OWN_AGENT = "agent.jar";

  /** Runs the worker, which is this shell's process from then on: {@code sh worker}. */
  private static final String WORKER = "echo \"WORKER $$\" >> report; exec ";

  private static final long AGAIN_NANOS = 2_000_000_000;

  private final Worker worker;
  private int prompts;

  private InteractiveShell(Worker worker) {
    this.worker = worker;
  }

  /**
   * Starts the shell, in the directory of that launch, where {@code sh worker} is a worker with
   * these arguments of the agent's, if not null, and {@code main(report, arguments...)}.
   */
  static InteractiveShell start(
      Jdk jdk, Launch launch, String agent, Class<?> main, String... arguments) throws IOException {
    assumeThat(Machine.allows("script", "--quiet", "/dev/null", "--command"))
        .as("script(1) is here, of util-linux")
        .isTrue();
    Path dir = launch.dir();
    List<String> words = new ArrayList<>(List.of(jdk.java().toString()));
    if (agent != null && !Launch.agentIsOff()) {
      Path own = dir.resolve(OWN_AGENT);
      Path jar = Files.exists(own) ? own : Launch.agentJar();
      words.add("-javaagent:" + jar + "=" + agent + ",dir=" + Traces.ledgers(dir));
    }
    words.addAll(List.of("-cp", Launch.classes().toString(), main.getName()));
    words.add(dir.resolve("report").toString());
    words.addAll(List.of(arguments));
    String quoted =
        words.stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    Files.writeString(dir.resolve("worker"), WORKER + quoted + "\n");
    launch.environment("TERM", "dumb").environment("HISTFILE", "/dev/null");
    String bash = "exec bash --norc --noprofile -i";
    return new InteractiveShell(
        launch.start(
            Path.of("script"), List.of("--quiet", "--return", "--command", bash, "/dev/null")));
  }

  /** The terminal, whose directory the worker and all others share. */
  Worker terminal() {
    return worker;
  }

  /** The process that was {@code sh worker}. */
  Proc self() {
    return worker.self();
  }

  /** With the return key after them, which after a control key makes an empty line of its own. */
  void type(String keys) {
    worker.say(keys);
  }

  void shows(String text) {
    until(worker, () -> worker.stdout().contains(text));
  }

  /** The shell alone reads from the keyboard. */
  void expectPrompt() {
    prompts++;
    // The terminal shows what is typed, too.
    String echo = "echo \"prompt $((" + prompts + " + 0)) is here\"";
    String shown = "prompt " + prompts + " is here";
    long[] typed = {0};
    until(
        worker,
        () -> {
          // A process about to be stopped may have read what was typed first.
          if (System.nanoTime() - typed[0] > AGAIN_NANOS) {
            type(echo);
            typed[0] = System.nanoTime();
          }
          return worker.stdout().contains(shown);
        });
  }

  /** The terminal goes away, as if its window were closed. */
  void hangUp() {
    worker.launched().kill();
  }

  @Override
  public void close() {
    worker.close();
  }
}
