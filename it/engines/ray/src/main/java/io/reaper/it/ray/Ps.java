package io.reaper.it.ray;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the agent's own {@code ps} says of one worker. */
record Ps(int children, int adopted, Optional<Proc> sentinel) {

  static Ps of(Jdk jdk, Path ledgers, Proc worker) {
    Launch launch = Launch.on(jdk);
    List<String> command =
        List.of("-jar", Launch.agentJar().toString(), "ps", "--dir", ledgers.toString());
    try (Worker ps = launch.start(jdk.java(), command)) {
      ps.waitFor(20);
      return ps.stdout()
          .lines()
          .map(line -> line.strip().split(" +"))
          .filter(columns -> columns[0].equals(Long.toString(worker.pid())))
          .map(Ps::of)
          .findFirst()
          .orElse(new Ps(0, 0, Optional.empty()));
    }
  }

  // PID, MODES, CHILDREN, ADOPTED, SENTINEL, WORKER.
  private static Ps of(String[] columns) {
    return new Ps(
        Integer.parseInt(columns[2]),
        Integer.parseInt(columns[3]),
        columns[4].matches("\\d+") ? Proc.of(Long.parseLong(columns[4])) : Optional.empty());
  }
}
