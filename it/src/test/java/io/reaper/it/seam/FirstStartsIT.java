package io.reaper.it.seam;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.FirstStarts;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first starts of a worker are on many threads at once, and meet while the sentinel starts. */
@ParameterizedClass
@MethodSource("jdks")
record FirstStartsIT(Jdk jdk) {

  private static final int FIRST_WITH_VIRTUAL_THREADS = 21;
  private static final int ROUNDS = Jdk.FULL ? 20 : 8;

  /** What a start waits for another at the most. */
  private static final long LONGEST_WAIT_MILLIS = 10_000;

  static List<Jdk> jdks() {
    return Jdk.all().stream()
        .filter(jdk -> Jdk.tested().contains(jdk) || jdk.feature() >= FIRST_WITH_VIRTUAL_THREADS)
        .toList();
  }

  private long millis(String kind, String options, String... more) {
    Launch launch = Launch.on(jdk).jvm(more).agent(options);
    try (Worker worker = launch.start(FirstStarts.class, kind)) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stderr()).isEmpty();
      return Long.parseLong(worker.stdout().strip());
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true"})
  void virtualThreadsThatAreAllPinnedWaitForNoOtherThatHasLostItsCarrier(String options) {
    if (jdk.feature() >= FIRST_WITH_VIRTUAL_THREADS) {
      for (int round = 0; round < ROUNDS; round++) {
        assertThat(millis("pinned", options, "-Djdk.virtualThreadScheduler.parallelism=2"))
            .isLessThan(LONGEST_WAIT_MILLIS);
      }
    }
  }

  @Test
  void startsThatWaitDoNotStarveTheOneTheyWaitFor() {
    assertThat(millis("200", "")).isLessThan(LONGEST_WAIT_MILLIS);
  }
}
