package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A worker below another one, whose mark it has inherited, and that had its pid: in a PID namespace
 * above, or before the number was free again.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record InheritedMarkIT(Jdk jdk) {

  /** A process beside the worker, and younger, carries the same value. */
  private static final String ENTRY =
      """
      exec 3<&0
      sh -c 'echo $(((123456 << 39) | (777 << 22) | $$)) >mark
        prlimit --pid $$ --locks=$(cat mark): && exec "$0" "$@"' "$0" "$@" <&3 &
      until [ -e go ]; do sleep 0.05; done
      prlimit --pid $$ --locks=$(cat mark): || exit
      sh ./leaf BESIDE &
      wait
      """;

  @Test
  void processThatCarriesTheMarkOfAWorkerAboveLivesOn() throws IOException {
    assumeThat(Machine.allows("prlimit", "--locks=4711:")).as("may set limits").isTrue();
    Launch launch = Launch.on(jdk).under("sh", "-c", ENTRY);
    launch.agent("subreaper=true,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(worker, () -> Traces.isWatched(worker));
      Files.createFile(launch.dir().resolve("go"));
      until(worker, () -> worker.reported("BESIDE").size() == 1);
      Orders.kill(worker);
      untilAsserted(
          () -> {
            assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
            assertThat(Traces.of(worker)).isEmpty();
          });
      assertThat(worker.reported("BESIDE")).as(worker.stderr()).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("killed 1 process: ");
    }
  }
}
