package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Soak;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker that forks fifty times a second has in the end what it had after its warm-up; {@code
 * -Dreaper.soak.seconds=300} for a longer look.
 */
@Tag("full")
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record SoakIT(Jdk jdk) {

  private static final int PER_SECOND = 50;
  private static final int WARM_UP = PER_SECOND;

  /** What a leak would make grow. */
  private record Holdings(long descriptors, long threads, long ledgerBytes, long zombies) {

    static Holdings of(Worker worker) {
      Proc self = worker.self();
      return new Holdings(
          entries(Path.of("/proc", String.valueOf(self.pid()), "fd")),
          Long.parseLong(self.status("Threads")),
          ledgerBytes(worker.dir().resolve("ledgers")),
          Proc.zombiesOf(self.pid()).size());
    }

    boolean isNoMoreThan(Holdings other) {
      return descriptors <= other.descriptors
          && threads <= other.threads
          && ledgerBytes <= other.ledgerBytes
          && zombies <= other.zombies;
    }

    private static long entries(Path directory) {
      String[] entries = directory.toFile().list();
      return entries == null ? 0 : entries.length;
    }

    private static long ledgerBytes(Path directory) {
      return ledgers(directory).mapToLong(File::length).sum();
    }
  }

  private static Stream<File> ledgers(Path directory) {
    File[] files = directory.toFile().listFiles((dir, name) -> name.contains(".ledger"));
    return Stream.of(files == null ? new File[0] : files);
  }

  private static void spawn(Worker worker, int count, int round) {
    worker.say(String.valueOf(count));
    until(
        Duration.ofSeconds(60 + 3L * count / PER_SECOND),
        () -> worker.stdout().lines().count() == round || !worker.isAlive());
    assertThat(worker.stdout().lines()).hasSize(round).allMatch("0 wrong"::equals);
  }

  private static void expectSettled(Worker worker) {
    until(worker, () -> Proc.childrenOf(worker.self().pid()).size() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true,process-group=true"})
  void workerThatForksAllTheTimeLeaksNothing(String modes) {
    int seconds = Integer.getInteger("reaper.soak.seconds", 2);
    Launch launch = Launch.on(jdk);
    launch.agent(modes + (modes.isEmpty() ? "" : ",") + "dir=" + launch.dir().resolve("ledgers"));
    // The JVM's own threads come and go with its load.
    launch.jvm(
        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UseDynamicNumberOfCompilerThreads");
    try (Worker worker = launch.start(Soak.class)) {
      until(worker, () -> worker.reported("STAYS").size() == 1);
      spawn(worker, WARM_UP, 1);
      if (modes.contains("subreaper")) {
        expectSettled(worker);
      }
      Holdings warm = Holdings.of(worker);
      if (!Launch.agentIsOff()) {
        assertThat(warm.ledgerBytes).isPositive();
      }

      spawn(worker, seconds * PER_SECOND, 2);
      untilAsserted(
          () -> {
            Holdings now = Holdings.of(worker);
            assertThat(now.isNoMoreThan(warm)).as("%s, warm: %s", now, warm).isTrue();
          });
      worker.say("");
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.reported("STAYS")).noneMatch(Proc::isAlive);
      // In a group the sentinel has the last word, when the worker is dead.
      until(() -> ledgers(worker.dir().resolve("ledgers")).findAny().isEmpty());
    }
  }
}
