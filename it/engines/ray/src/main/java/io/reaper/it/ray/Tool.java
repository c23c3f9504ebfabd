package io.reaper.it.ray;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The agent's jar as the command line that it also is. */
final class Tool {

  private static final int SECONDS = 60;

  private Tool() {}

  /** The sentinel that ps shows of that worker. */
  static Optional<Proc> sentinel(Jdk jdk, Path ledgers, Proc worker) {
    // PID, MODES, CHILDREN, ADOPTED, SENTINEL, WORKER.
    return lines(jdk, "ps", "--dir", ledgers.toString())
        .filter(columns -> columns[0].equals(Long.toString(worker.pid())))
        .findFirst()
        .flatMap(columns -> process(columns[4]));
  }

  /** Whether doctor answers yes to that. */
  static boolean doctorSays(Jdk jdk, String check) {
    return lines(jdk, "doctor")
        .filter(columns -> columns[0].equals(check) && columns.length > 1)
        .findFirst()
        .map(columns -> columns[1].equals("yes"))
        .orElse(false);
  }

  private static Optional<Proc> process(String pid) {
    return pid.matches("\\d+") ? Proc.of(Long.parseLong(pid)) : Optional.empty();
  }

  private static Stream<String[]> lines(Jdk jdk, String... arguments) {
    List<String> command = new ArrayList<>(List.of("-jar", Launch.agentJar().toString()));
    command.addAll(List.of(arguments));
    try (Worker tool = Launch.on(jdk).start(jdk.java(), command)) {
      tool.waitFor(SECONDS);
      return tool.stdout().lines().map(line -> line.strip().split(" +"));
    }
  }
}
