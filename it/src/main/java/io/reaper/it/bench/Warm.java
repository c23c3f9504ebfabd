package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.IOException;
import java.util.Locale;

/**
 * What a spawn costs in a worker that is warm. Three workers live at the same time and take turns
 * of a tenth of a second; the third, without the agent like the first, shows how much two equal
 * JVMs differ here. Each sitting has fresh ones, since a JVM compiles its code only once.
 */
final class Warm {

  private static final int WARM_UP = 1_000;
  private static final int SPAWNS = 100;
  private static final double BOUND = 1.03;

  private final Jdk jdk;
  private final int sittings;
  private final int blocks;

  Warm(Jdk jdk, int sittings, int blocks) {
    this.jdk = jdk;
    this.sittings = sittings;
    this.blocks = blocks;
  }

  /** The mean of start(), and of start() to waitFor(), block by block. */
  private static final class Side {
    final Samples start = new Samples();
    final Samples total = new Samples();

    void block(Subject subject) throws IOException {
      String[] nanos = subject.ask("spawn " + SPAWNS);
      start.add(Double.parseDouble(nanos[0]) / SPAWNS);
      total.add(Double.parseDouble(nanos[1]) / SPAWNS);
    }
  }

  void run(Report report) throws IOException {
    Side plain = new Side();
    Side again = new Side();
    Side agent = new Side();
    for (int sitting = 0; sitting < sittings; sitting++) {
      try (Subject first = Subject.start(jdk, null, null);
          Subject second = Subject.start(jdk, Subject.EVERY_MODE, null);
          Subject third = Subject.start(jdk, null, null)) {
        for (Subject subject : new Subject[] {first, second, third}) {
          subject.ask("spawn " + WARM_UP);
        }
        for (int block = 0; block < blocks; block++) {
          // Back and forth, so that nobody always comes after the same neighbour.
          boolean forth = block % 2 == 0;
          (forth ? plain : again).block(forth ? first : third);
          agent.block(second);
          (forth ? again : plain).block(forth ? third : first);
        }
      }
    }
    report.head("A warm spawn of /bin/true; ratios to no agent");
    print(report, "start()", plain.start, agent.start, again.start);
    print(report, "start() to waitFor()", plain.total, agent.total, again.total);
  }

  private static void print(
      Report report, String what, Samples plain, Samples agent, Samples again) {
    report.plain(what + ", no agent", micros(plain));
    report.ratio(what + ", no agent, again", micros(again), again.over(plain).median(), 0);
    report.ratio(what + ", every mode on", micros(agent), agent.over(plain).median(), BOUND);
  }

  private static String micros(Samples nanos) {
    return String.format(Locale.ROOT, "%.0f µs", nanos.median() / 1e3);
  }
}
