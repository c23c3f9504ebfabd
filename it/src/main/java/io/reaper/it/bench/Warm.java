package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * What a spawn costs in a worker that is warm. Three workers live at the same time and take turns
 * of a tenth of a second; the third, without the agent like the first, shows how much two equal
 * JVMs differ here. Each sitting has fresh ones, since a JVM compiles its code only once.
 */
final class Warm {

  private static final int WARM_UP = 1_000;
  private static final int SPAWNS = 100;

  private final Jdk jdk;
  private final int sittings;
  private final int blocks;

  Warm(Jdk jdk, int sittings, int blocks) {
    this.jdk = jdk;
    this.sittings = sittings;
    this.blocks = blocks;
  }

  /**
   * A worker that is measured, and one that it is measured by.
   *
   * @param base arguments of the agent, or null for no agent
   * @param subject arguments of the agent
   * @param options of the subject's JVM
   */
  private record Comparison(
      String baseTitle,
      String base,
      String title,
      String subject,
      List<String> options,
      double bound) {

    Subject startBase(Jdk jdk) throws IOException {
      return Subject.start(jdk, base, null);
    }

    Subject startSubject(Jdk jdk) throws IOException {
      return Subject.start(jdk, subject, null, options.toArray(new String[0]));
    }
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
    String modes = Subject.EVERY_MODE;
    report.head("A warm spawn of /bin/true; ratios to no agent");
    compare(report, new Comparison("no agent", null, "every mode on", modes, List.of(), 1.03));
  }

  /** What a flight recording costs on top of the agent. */
  void runRecording(Report report) throws IOException {
    String modes = Subject.EVERY_MODE;
    // What the JVM says of its recording would go to stdout, where the answers are.
    List<String> options = List.of("-Xlog:disable", "-XX:StartFlightRecording");
    report.head("A warm spawn of /bin/true with a recording; ratios to the agent without one");
    compare(report, new Comparison("every mode on", modes, "and recorded", modes, options, 1.01));
  }

  private void compare(Report report, Comparison comparison) throws IOException {
    Side plain = new Side();
    Side again = new Side();
    Side agent = new Side();
    for (int sitting = 0; sitting < sittings; sitting++) {
      try (Subject first = comparison.startBase(jdk);
          Subject second = comparison.startSubject(jdk);
          Subject third = comparison.startBase(jdk)) {
        for (Subject subject : new Subject[] {first, second, third}) {
          subject.ask("spawn " + WARM_UP);
        }
        for (int block = 0; block < blocks; block++) {
          // Back and forth, so that none always comes after the same neighbour.
          boolean forth = block % 2 == 0;
          (forth ? plain : again).block(forth ? first : third);
          agent.block(second);
          (forth ? again : plain).block(forth ? third : first);
        }
      }
    }
    print(report, comparison, "start()", plain.start, agent.start, again.start);
    print(report, comparison, "start() to waitFor()", plain.total, agent.total, again.total);
  }

  private static void print(
      Report report,
      Comparison comparison,
      String what,
      Samples plain,
      Samples agent,
      Samples again) {
    report.plain(what + ", " + comparison.baseTitle, micros(plain));
    report.ratio(
        what + ", " + comparison.baseTitle + ", again",
        micros(again),
        again.over(plain).median(),
        0);
    report.ratio(
        what + ", " + comparison.title,
        micros(agent),
        agent.over(plain).median(),
        comparison.bound);
  }

  private static String micros(Samples nanos) {
    return String.format(Locale.ROOT, "%.0f µs", nanos.median() / 1e3);
  }
}
