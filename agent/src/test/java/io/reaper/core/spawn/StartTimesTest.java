package io.reaper.core.spawn;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.NoProcess;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StartTimesTest {
  private final ProcFs proc = new ProcFs();
  private final StartTimes startTimes = new StartTimes(Log.toStderr(Log.Level.ERROR));
  private final List<Process> children = new ArrayList<>();

  private Process child() throws IOException {
    Process child = new ProcessBuilder("sleep", "60").start();
    children.add(child);
    return child;
  }

  private ProcessId asTheKernelSays(Process child) {
    return proc.read((int) child.pid()).id();
  }

  private void learnFrom(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      Process child = child();
      startTimes.learn(child, asTheKernelSays(child));
    }
  }

  private ProcessId told(Process child) throws IllegalAccessException {
    return startTimes.of(child, (int) child.pid());
  }

  @AfterEach
  void endOfTheChildren() {
    children.forEach(Process::destroyForcibly);
  }

  @Test
  void childIsCalledByTheNameThatTheKernelGivesItOnceThreeHaveAgreed() throws Exception {
    startTimes.open();
    learnFrom(2);
    assertThat(told(child())).isNull();
    learnFrom(1);
    Process child = child();
    assertThat(told(child)).isEqualTo(asTheKernelSays(child));
  }

  @Test
  void nobodyIsCalledByANameAsLongAsChildrenDisagree() throws Exception {
    startTimes.open();
    for (int i = 0; i < 6; i++) {
      Process child = child();
      ProcessId id = asTheKernelSays(child);
      startTimes.learn(child, new ProcessId(id.pid(), id.start() + i % 2));
    }
    assertThat(told(child())).isNull();
  }

  @Test
  void nobodyIsCalledByANameBeforeTheJdkIsOpen() throws Exception {
    learnFrom(4);
    assertThat(told(child())).isNull();
  }

  @Test
  void processThatIsNotOfTheJdksOwnIsReadAsEver() throws Exception {
    startTimes.open();
    learnFrom(3);
    assertThat(startTimes.of(new NoProcess(), 1234)).isNull();
  }
}
