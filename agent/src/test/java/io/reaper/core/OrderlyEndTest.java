package io.reaper.core;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.options.Options;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An end in which a child dies, and another cannot be looked at. */
class OrderlyEndTest {
  private static final int WORKER = 42;

  @TempDir private Path root;
  @TempDir private Path directory;

  private boolean end(String arguments, int sentinel) throws Exception {
    FakeProc fake = new FakeProc(root).with(process(1, 0)).self(process(WORKER, 1));
    fake.with(process(100, WORKER)).children(WORKER, 100).with(process(50, 1), process(51, 1));
    FakePosix posix = new FakePosix();
    posix.onKill(pid -> fake.changeOfChildren(WORKER, pid, 101));
    ProcFs proc = fake.reader();
    Log log = Log.to(Files.newOutputStream(directory.resolve("log")), Log.Level.WARN);
    AtomicReference<Options> options =
        new AtomicReference<>(Options.parse(arguments, new Properties(), Map.of()));
    Family family = new Family(log);
    if (sentinel != 0) {
      family.watchedBy(sentinel, proc);
    }
    fake.remove(51);
    Containment containment = new Containment(options, WORKER, proc, family, posix, log);
    containment.enter();
    Observation observation = Observation.unobserved(log);
    LivingWorker worker =
        new LivingWorker(options, proc, WORKER, family, containment, posix, observation, log);
    Housekeeper housekeeper = new Housekeeper(family, new Starts().flag(), proc, observation, log);
    return new OrderlyEnd(
            options,
            worker,
            containment,
            null,
            family,
            new Starts(),
            housekeeper,
            null,
            proc,
            WORKER,
            log)
        .end();
  }

  @ParameterizedTest
  @CsvSource({
    "0, what is left lives on",
    "51, what is left lives on",
    "50, the sentinel ends what is left"
  })
  void whatWillEndTheRestIsToldAsItIs(int sentinel, String told) throws Exception {
    end("grace=0", sentinel);
    assertThat(Files.readString(directory.resolve("log")))
        .contains("cannot look at all of this worker's processes")
        .endsWith("; " + told + "\n");
  }

  @Test
  void exitStatusTellsOfALeakThoughNotAllCouldBeLookedAt() throws Exception {
    assertThat(end("grace=0,leaks=fail", 0)).isTrue();
    assertThat(Files.readString(directory.resolve("log"))).contains("so the exit status is 70");
  }
}
