package io.reaper.it.spark.bench;

import io.reaper.it.bench.Report;
import io.reaper.it.bench.Samples;
import io.reaper.it.harness.Jdk;
import io.reaper.it.spark.Application;
import io.reaper.it.spark.Cluster;
import io.reaper.it.spark.Executor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What is left after SIGKILL of an executor and after sc.stop(), and when the others are gone. */
final class Kills {

  private static final Duration BOUND = Duration.ofMillis(200);
  private static final Duration SETTLED = Duration.ofSeconds(2);

  private final Jdk jdk;
  private final int kills;

  Kills(Jdk jdk, int kills) {
    this.jdk = jdk;
    this.kills = kills;
  }

  void run(List<Variant> variants, Report report) {
    report.head("What lives on: of the processes of an executor's tasks");
    try (Cluster cluster = new Cluster(jdk, List.of())) {
      variants.forEach(variant -> run(variant, cluster, report));
    }
  }

  private void run(Variant variant, Cluster cluster, Report report) {
    Application application =
        new Application(
            cluster,
            variant.options().isEmpty()
                ? List.of()
                : List.of("spark.executor.extraJavaOptions=" + variant.options()));
    Samples millis = new Samples();
    int victims = 0;
    int survivors = 0;
    int wrong = 0;
    for (int kill = 0; kill < kills; kill++) {
      application.begin();
      // Adoption is not signalled to the one that adopts: the ledger may take a quarter of a
      // second.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
      Executor victim = application.eldest();
      victims += victim.living().size();
      millis.add(victim.kill(SETTLED).toNanos() / 1e6);
      survivors += victim.living().size();
      application.awaitRetry();
      wrong += application.finish().equals(Application.RIGHT_RESULT) ? 0 : 1;
    }
    List<Executor> last = application.executors();
    int stopped = last.stream().mapToInt(executor -> executor.living().size()).sum();
    application.stop();
    LockSupport.parkNanos(SETTLED.toNanos());
    long left = last.stream().mapToLong(executor -> executor.living().size()).sum();

    String name = variant.name();
    report.plain(name + ": survivors of " + kills + " × SIGKILL", survivors + " of " + victims);
    report.plain(name + ": survivors of sc.stop()", left + " of " + stopped);
    report.plain(name + ": wrong results", wrong + " of " + kills);
    if (survivors == 0) {
      report.atMost(name + ": all gone after", millis.median(), BOUND.toMillis(), "ms");
      report.atMost(name + ": all gone after, the longest", millis.max(), BOUND.toMillis(), "ms");
    }
  }
}
