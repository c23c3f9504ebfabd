package io.reaper.core.family;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.Processes;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeeperTest {
  @Test
  void lookThatRunsOutOfMemoryIsNotTheLastOne(@TempDir Path root) {
    Log log = Log.toStderr(Log.Level.OFF);
    FakeProc proc = new FakeProc(root).self(process(42, 1));
    Housekeeper housekeeper =
        new Housekeeper(
            new Family(log), new Starts().flag(), proc.reader(), Observation.unobserved(log), log);
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

  /** A worker that /proc hides starts children that it hides for a moment (hidepid, proc(5)). */
  @Test
  void childThatCouldNotBeLookedAtIsNamedByTheNextLookThatCan(@TempDir Path root) {
    Log log = Log.toStderr(Log.Level.OFF);
    FakeProc proc = new FakeProc(root).self(process(42, 1));
    Family family = new Family(log);
    Housekeeper housekeeper =
        new Housekeeper(
            family, new Starts().flag(), proc.reader(), Observation.unobserved(log), log);
    ProcessId unknown = new ProcessId(7, ProcessId.UNKNOWN_START);
    family.add(
        new Child(
            unknown, new FakeProcess(), new String[] {"sleep"}, 0, "main", new Origin(Set.of())));
    family.kept().keep(unknown);
    housekeeper.look();
    assertThat(family.all()).containsOnlyKeys(unknown);
    // Another's, that has the number by now.
    proc.with(process(7, 1));
    housekeeper.look();
    assertThat(family.all()).containsOnlyKeys(unknown);
    proc.with(process(7, 42));
    housekeeper.look();
    assertThat(family.all()).containsOnlyKeys(Processes.id(7));
    assertThat(family.kept().all()).contains(Processes.id(7));
  }
}
