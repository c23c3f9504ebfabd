package io.reaper.core.ondemand.jmx;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.options.Options;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagerTest {
  private static final int WORKER = 42;

  @TempDir private Path root;

  private final Log log = Log.toStderr(Log.Level.OFF);
  private FakeProc fake;

  @BeforeEach
  void aWorkerWithAChild() {
    fake = new FakeProc(root).self(process(WORKER, 1)).with(process(1, 0));
    fake.with(process(100, WORKER)).environment(100, "A=1").children(WORKER, 100);
    // A program of its own by now, and no child between vfork(2) and execve(2).
    fake.write(WORKER + "/cmdline", "java -cp a").write(WORKER + "/statm", "900 80");
    fake.write("100/cmdline", "sleep 9").write("100/statm", "90 8");
  }

  private Manager manager(FakePosix posix) throws Exception {
    AtomicReference<Options> options =
        new AtomicReference<>(Options.parse("grace=100ms", new Properties(), Map.of()));
    ProcFs proc = fake.reader();
    Family family = new Family(log);
    Containment containment = new Containment(options, WORKER, proc, family, posix, log);
    containment.enter();
    Observation observation = Observation.unobserved(log);
    LivingWorker worker =
        new LivingWorker(options, proc, WORKER, family, containment, posix, observation, log);
    return new Manager(worker, family, new Starts(), observation, log);
  }

  private void useUpDescriptors() {
    fake.refuse("self/stat", "100/environ");
  }

  @Test
  void oneThatCannotBeLookedAtAfterTheFirstSignalIsNotToldAsDead() throws Exception {
    FakePosix posix = new FakePosix();
    posix.onKill(pid -> useUpDescriptors());
    assertThat(manager(posix).kill(100)).isFalse();
    assertThat(manager(posix).killAll()).isZero();
    assertThat(posix.calls()).containsExactly("kill(100, TERM)");
  }

  @Test
  void oneThatCannotBeLookedAtIsToldAsThat() throws Exception {
    Manager manager = manager(new FakePosix());
    useUpDescriptors();
    assertThatThrownBy(() -> manager.kill(100)).hasMessageContaining("could not be looked at");
  }

  @Test
  void oneThatIsDeadIsToldAsThatThoughTheLastLookHasFailed() throws Exception {
    FakePosix posix = new FakePosix();
    posix.onKill(pid -> fake.changeOfChildren(WORKER, pid, 101));
    assertThat(manager(posix).kill(100)).isTrue();
  }
}
