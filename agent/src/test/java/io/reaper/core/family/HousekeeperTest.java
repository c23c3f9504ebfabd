package io.reaper.core.family;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.FakeProc;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeeperTest {
  @Test
  void lookThatRunsOutOfMemoryIsNotTheLastOne(@TempDir Path root) {
    Log log = Log.toStderr(Log.Level.OFF);
    FakeProc proc = new FakeProc(root).self(process(42, 1));
    Housekeeper housekeeper =
        new Housekeeper(new Family(log), proc.reader(), Observation.unobserved(log), log);
    AtomicInteger looks = new AtomicInteger();
    housekeeper.lookAfter(
        () -> {
          looks.incrementAndGet();
          throw new OutOfMemoryError("Java heap space");
        });
    housekeeper.look();
    housekeeper.look();
    assertThat(looks).hasValue(2);
  }
}
