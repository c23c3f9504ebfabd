package io.reaper.core.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnHandlesTest {
  private final Family family = new Family(Log.toStderr(Log.Level.ERROR));
  private final FakePosix posix = new FakePosix();
  private final ProcFs view = OwnHandles.viewOf(family);
  private final Posix signals = OwnHandles.signalsTo(family, posix);

  private FakeProcess child(int pid) {
    FakeProcess process = new FakeProcess();
    ProcessId id = new ProcessId(pid, ProcessId.UNKNOWN_START);
    String[] command = {"/bin/sleep", "9"};
    family.add(new Child(id, process, command, 0, "main", new Origin(Set.of())));
    return process;
  }

  @Test
  void childIsSeenUntilTheJdkHasCollectedIt() {
    FakeProcess child = child(100);
    assertThat(view.tellsStartTimes()).isFalse();
    assertThat(view.read(100).name()).isEqualTo("sleep");
    assertThat(view.snapshot().processes()).hasSize(1);
    child.isCollected();
    assertThat(view.read(100)).isNull();
    assertThat(view.snapshot().processes()).isEmpty();
  }

  @Test
  void noOtherProcessIsSeenOrSignalled() {
    child(100);
    assertThat(view.read(1)).isNull();
    assertThat(signals.kill(1, Signal.KILL)).isEqualTo(-Posix.ESRCH);
    assertThat(posix.calls()).isEmpty();
  }

  @Test
  void childIsAskedToEndByItsHandleAndNeverByItsNumber() {
    FakeProcess child = child(100);
    assertThat(signals.kill(100, Signal.CONT)).isZero();
    assertThat(child.isAlive()).isTrue();
    assertThat(signals.kill(100, Signal.INT)).isZero();
    assertThat(child.isAlive()).isFalse();
    assertThat(signals.kill(100, Signal.KILL)).isEqualTo(-Posix.ESRCH);
    assertThat(posix.calls()).isEqualTo(List.of());
  }
}
