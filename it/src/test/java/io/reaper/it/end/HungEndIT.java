package io.reaper.it.end;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.support.End;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A worker's end comes, though what the agent does at it hangs. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record HungEndIT(Jdk jdk) {

  /** Fills the pipe to the last page before the worker starts; it holds both ends. */
  private static final String FULL_PIPE =
      "mkfifo \"$PLACE/pipe\" && exec 2<>\"$PLACE/pipe\" && "
          + "{ timeout 2 cat /dev/zero >&2; exec \"$0\" \"$@\"; }";

  /** The end's own bound is 20 s. */
  private static final int LONGEST_END_SECONDS = 60;

  @NeedsAgent
  @Test
  @Tag("full")
  void workerEndsThoughItsStderrIsFullAndNoProcessReadsIt() {
    Launch launch = Launch.on(jdk).under("sh", "-c", FULL_PIPE);
    launch.environment("PLACE", launch.dir().toString());
    launch.agent("grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      until(() -> worker.reported("OBEDIENT").stream().noneMatch(Proc::isAlive));
      assertThat(worker.waitFor(LONGEST_END_SECONDS)).isEqualTo(3);
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }
}
