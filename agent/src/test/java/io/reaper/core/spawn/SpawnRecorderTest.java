package io.reaper.core.spawn;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.NoProcess;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnRecorderTest {
  private static final Map<String, String> MARKED = Map.of("REAPER_KEEP", "true");

  @TempDir private Path root;
  private final Log log = Log.toStderr(Log.Level.OFF);
  private final Observation observation = Observation.unobserved(log);
  private final Family family = new Family(log);
  private final CountDownLatch looked = new CountDownLatch(1);
  private SpawnRecorder recorder;

  /** A child of the JVM's, alive or collected already. */
  private static final class Started extends NoProcess {
    private final boolean alive;

    Started(boolean alive) {
      this.alive = alive;
    }

    @Override
    public long pid() {
      return 100;
    }

    @Override
    public boolean isAlive() {
      return alive;
    }
  }

  private static final class OpenGate implements SpawnRecorder.Gate {
    @Override
    public boolean isTheJvms() {
      return false;
    }

    @Override
    public void beforeStart() {}

    @Override
    public void hasStarted(int pid) {}

    @Override
    public void afterStart() {}
  }

  @BeforeEach
  void aRecorder() {
    ProcFs proc = new FakeProc(root).self(process(42, 1)).with(process(100, 42)).reader();
    family.kept().countMarks(true);
    Housekeeper housekeeper = new Housekeeper(family, new Starts().flag(), proc, observation, log);
    housekeeper.lookAfter(
        () -> {
          looked.countDown();
          throw new IllegalStateException("no orphans here");
        });
    recorder =
        new SpawnRecorder(
            family,
            proc,
            new OpenGate(),
            new OwnProcesses(proc, family, null, null, null, null),
            housekeeper,
            observation,
            log);
  }

  private void start(Map<String, String> environment, boolean alive) {
    recorder.accept(null, environment);
    recorder.accept(new Started(alive), null);
  }

  @Test
  void childIsRecordedThoughAnObserverThrows() {
    observation.tellInFull(
        new Observer() {
          @Override
          public void childStarted(int pid, String[] command, Reason child) {
            throw new IllegalStateException("no room");
          }
        });
    start(Map.of(), true);
    assertThat(family.all()).containsOnlyKeys(id(100));
  }

  @Test
  void markedChildIsKeptAsLongAsItLives() {
    start(MARKED, true);
    assertThat(family.kept().all()).containsExactly(id(100));
  }

  @Test
  void markedChildThatIsDeadBeforeItIsRecordedIsNotRememberedForEver() {
    start(MARKED, false);
    assertThat(family.kept().all()).isEmpty();
  }

  @Test
  void orphansOfAChildThatIsDeadBeforeItIsRecordedAreLookedAfter() throws InterruptedException {
    start(Map.of(), false);
    assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
