package io.reaper.core.sentinel;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeathCheckTest {
  private static final ProcessId OF_ANOTHER_THREAD = new ProcessId(42, 4711);

  /** qemu-user tells each thread another start time of its process. */
  @Test
  void workerThatLooksItselfUpLivesWhateverItsStartTimeIsSaidToBe(@TempDir Path root) {
    ProcFs proc = new FakeProc(root).self(process(42, 1)).reader();
    DeathCheck own = new DeathCheck(proc, new FakePosix(), 42);
    assertThat(own.isUnseen(OF_ANOTHER_THREAD)).isFalse();
    assertThat(own.isDead(OF_ANOTHER_THREAD)).isFalse();
    DeathCheck anothers = new DeathCheck(proc, new FakePosix(), 43);
    assertThat(anothers.isUnseen(OF_ANOTHER_THREAD)).isTrue();
  }
}
