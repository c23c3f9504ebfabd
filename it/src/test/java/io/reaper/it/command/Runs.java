package io.reaper.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts {@code run} for tests, and looks at what is left of its command. */
final class Runs {

  static final int SHORT_CHAIN = 10;

  static final String[] PID_NAMESPACE = {"unshare", "--pid", "--fork", "--mount-proc"};

  private Runs() {}

  /** Runs a command; without the agent, as the shell would. */
  static Worker run(Jdk jdk, Launch launch, List<String> options, String... command) {
    launch.environment("XDG_RUNTIME_DIR", launch.dir().toString());
    if (Launch.agentIsOff()) {
      return launch.start(Path.of(command[0]), List.of(command).subList(1, command.length));
    }
    List<String> words = new ArrayList<>(List.of("run"));
    words.addAll(options);
    words.add("--");
    words.addAll(List.of(command));
    return launch.tool(words.toArray(String[]::new));
  }

  static Worker run(Jdk jdk, String... command) {
    Launch launch = Launch.on(jdk);
    command = command.clone();
    for (int i = 0; i < command.length; i++) {
      command[i] = command[i].equals("LEAF") ? Worker.leaf(launch.dir()).toString() : command[i];
    }
    return run(jdk, launch, List.of(), command);
  }

  /** Runs a script that starts all that hide, and returns when they are there. */
  static Worker runHiders(Jdk jdk, int chain, String forker) {
    Launch launch = Launch.on(jdk);
    String script = Hiding.script(launch.dir()).toString();
    Worker worker = run(jdk, launch, List.of(), "sh", script, String.valueOf(chain), forker);
    return Machine.closedUnless(worker, () -> Hiding.areAll(worker.dir()));
  }

  /** Runs a script whose $0 is the leaf. */
  static Worker runScript(Jdk jdk, List<String> options, String script) {
    Launch launch = Launch.on(jdk);
    return run(jdk, launch, options, "sh", "-c", script, Worker.leaf(launch.dir()).toString());
  }

  static String text(Worker worker, String file) throws IOException {
    Path path = worker.dir().resolve(file);
    return Files.exists(path) ? Files.readString(path) : "";
  }

  /** Nothing that was started is left, and the forker neither. */
  static void expectNoneLeft(Worker worker) {
    // But for the sentinel, which has the last word.
    assertThat(Hiding.alive(worker.dir()))
        .filteredOn(proc -> !proc.environment().contains("reaper_sentinel"))
        .extracting(Proc::commandLine)
        // One that is about to be gone has no command line any more.
        .allMatch(String::isEmpty);
    assertThat(Hiding.isForking(worker.dir())).as("the forker forks").isFalse();
  }
}
