package io.reaper.core.end;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SystemWorldTest {
  private final ProcFs proc = new ProcFs();
  private Process process;
  private ProcessId id;

  @BeforeEach
  void start() throws IOException {
    process = new ProcessBuilder("sleep", "600").start();
    id = proc.read((int) process.pid()).id();
  }

  @AfterEach
  void end() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  private boolean isAlive(ProcessId recorded) {
    Child child = new Child(recorded, process, new String[] {"sleep"}, 0, "main", null);
    return new SystemWorld(proc, Map.of(recorded, child), null).isAlive(recorded);
  }

  @Test
  void napLeavesAnInterruptedThreadInterrupted() {
    Thread.currentThread().interrupt();
    new SystemWorld(proc, Map.of(), null).nap(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aChildThatTheJdkHasNotCollectedIsAlive() {
    assertThat(isAlive(id)).isTrue();
  }

  @Test
  void aChildWhoseNumberIsAnothersIsDeadBeforeTheJdkSaysSo() {
    assertThat(isAlive(new ProcessId(id.pid(), id.start() - 1))).isFalse();
  }

  @Test
  void aChildWhoseStartTimeIsNotKnownIsAliveUntilTheJdkHasCollectedIt() throws Exception {
    ProcessId unknown = new ProcessId(id.pid(), ProcessId.UNKNOWN_START);
    assertThat(isAlive(unknown)).isTrue();
    end();
    assertThat(isAlive(unknown)).isFalse();
  }
}
