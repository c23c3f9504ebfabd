package io.reaper.it.degraded;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ManySpawns;
import io.reaper.it.support.End;
import io.reaper.it.support.NeedsAgent;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever of the agent's own code throws: the worker's starts work, its statuses are true, and no
 * exception of the agent's is seen by it.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record FaultIT(Jdk jdk) {

  private static final String MODES = "subreaper=true,process-group=true,grace=300ms";

  private void expectTheWorkerToBeTold(
      String modes, String fault, Class<? extends Throwable> throwable, Path dir) {
    Path faulty = FaultyAgent.jar(dir, fault, throwable);
    Launch launch = Launch.on(jdk).javaAgent(faulty, fault.split("#")[0]);
    launch.agent(modes + ",dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = launch.start(ManySpawns.class, "40", "waits")) {
      until(worker, () -> worker.stdout().endsWith("wrong\n"));
      assertThat(worker.stdout()).as(worker.stderr()).isEqualTo("0 wrong\n");
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(30)).isEqualTo(3);
      // A stack trace of one of the agent's threads would have gone to the application's handler.
      assertThat(worker.stderr().lines())
          .filteredOn(line -> !line.startsWith("reaper-agent: ["))
          .isEmpty();
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io/reaper/core/spawn/SpawnRecorder",
        "io/reaper/core/spawn/Weaver",
        "io/reaper/core/family/Family",
        "io/reaper/core/proc/ProcFs",
        "io/reaper/core/family/Sigchld",
        "io/reaper/core/family/Housekeeper",
        "io/reaper/core/family/Orphans",
        "io/reaper/core/ledger/Ledger",
        "io/reaper/core/posix/LazyPosix",
        "io/reaper/core/contain/Containment",
        "io/reaper/core/contain/Coverage",
        "io/reaper/core/sentinel/CrashGuard",
        "io/reaper/core/sentinel/Sentinel",
        "io/reaper/core/sentinel/SentinelWatch",
        "io/reaper/core/sentinel/WorkerLedger",
        "io/reaper/core/family/Starts",
        "io/reaper/core/StartGate",
        "io/reaper/core/ModeEntry",
        "io/reaper/core/end/Termination",
        "io/reaper/core/OrderlyEnd",
        "io/reaper/core/Reaper",
      })
  void workerIsUndisturbedByAClassOfTheAgentThatThrowsErrors(String fault, @TempDir Path dir) {
    expectTheWorkerToBeTold(MODES, fault, StackOverflowError.class, dir);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        // Here the agent leaves off in the middle: SIGCHLD is ignored, and a start is under way.
        "io/reaper/core/spawn/SpawnRecorder#accept",
        "io/reaper/core/spawn/SpawnRecorder#started",
        "io/reaper/core/family/Sigchld#beforeStart",
        "io/reaper/core/family/Starts#begin",
        "io/reaper/core/family/Starts#end",
        "io/reaper/core/family/Family#add",
        "io/reaper/core/family/Family#removeCollected",
        "io/reaper/core/StartGate#beforeStart",
        "io/reaper/core/sentinel/CrashGuard#start",
      })
  void workerIsUndisturbedByAMethodOfTheAgentThatThrows(String fault, @TempDir Path dir) {
    expectTheWorkerToBeTold(MODES, fault, IllegalStateException.class, dir);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io/reaper/core/spawn/SpawnRecorder",
        "io/reaper/core/family/Family",
        "io/reaper/core/Reaper",
      })
  void workerInTheDefaultModeIsUndisturbed(String fault, @TempDir Path dir) {
    expectTheWorkerToBeTold("children=true", fault, NoClassDefFoundError.class, dir);
  }
}
