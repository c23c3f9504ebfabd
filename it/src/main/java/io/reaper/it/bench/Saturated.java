package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * What the agent costs where many short JVMs want more cores than there are: nothing that it does
 * beside {@code main} is for free there.
 */
final class Saturated {
  private static final int JVMS = 100;
  private static final int AT_A_TIME = 8;
  private static final int SPAWNS = 2;

  /** A way to start the JVMs; a bound of 0 is none. */
  private record Variant(String title, String agent, double bound, Samples nanos) {
    Variant(String title, String agent, double bound) {
      this(title, agent, bound, new Samples());
    }
  }

  private final Jdk jdk;
  private final int rounds;
  private final Variant floor = new Variant("empty agent", Startup.EMPTY, 0);
  private final List<Variant> variants =
      List.of(floor, new Variant("default", "", 1.4), new Variant(Startup.BOTH, Startup.BOTH, 1.7));

  Saturated(Jdk jdk, int rounds) {
    this.jdk = jdk;
    this.rounds = rounds;
  }

  void run(Report report) throws IOException, InterruptedException {
    try (Startup.Place place = new Startup.Place()) {
      for (int round = 0; round <= rounds; round++) {
        for (Variant variant : variants) {
          long nanos = nanos(variant, place);
          // The first round reads jars and libraries from the disk.
          if (round > 0) {
            variant.nanos.add(nanos);
          }
        }
      }
    }
    report.head(
        "Saturated: %d JVMs that start %d processes each, %d at a time; ratios to the empty agent"
            .formatted(JVMS, SPAWNS, AT_A_TIME));
    for (Variant variant : variants) {
      String millis = String.format(Locale.ROOT, "%,.0f ms", variant.nanos.median() / 1e6);
      double ratio = variant.nanos.over(floor.nanos).median();
      report.ratio(variant.title, millis, ratio, variant.bound);
    }
  }

  /** Returns how long it takes until all have ended, and what they have left for a moment too. */
  private long nanos(Variant variant, Startup.Place place)
      throws IOException, InterruptedException {
    List<String> options = place.options(variant.agent);
    List<String> command =
        Subject.java(jdk, options, place.classes(), Hello.class, Integer.toString(SPAWNS));
    Deque<Process> running = new ArrayDeque<>();
    try (Cgroup cgroup = Cgroup.create()) {
      ProcessBuilder builder = place.builder(cgroup.within(command));
      long before = System.nanoTime();
      for (int started = 0; started < JVMS; started++) {
        if (running.size() == AT_A_TIME) {
          await(running.remove());
        }
        running.add(builder.start());
      }
      for (Process last : new ArrayList<>(running)) {
        await(last);
      }
      cgroup.awaitEmpty();
      return System.nanoTime() - before;
    }
  }

  private static void await(Process jvm) throws IOException, InterruptedException {
    if (jvm.waitFor() != 0) {
      throw new IOException("exit status " + jvm.exitValue());
    }
  }
}
