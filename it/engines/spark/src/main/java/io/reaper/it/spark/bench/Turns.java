package io.reaper.it.spark.bench;

import io.reaper.it.bench.Report;
import io.reaper.it.bench.Samples;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Worker;
import io.reaper.it.spark.Cluster;
import io.reaper.it.spark.job.InTurn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Starts and jobs of executors with every variant in turn, beside those without the agent. */
final class Turns {

  private static final int HOURS = 4 * 3600;

  private final Jdk jdk;
  private final List<Variant> variants;

  Turns(Jdk jdk, List<Variant> variants) {
    this.jdk = jdk;
    this.variants = variants;
  }

  void starts(int rounds, Report report) {
    Map<String, Map<String, Samples>> measured = run(InTurn.START, rounds);
    report.head("An executor's start, from its process to its registration; ratios to no agent");
    print(report, "wall, ", measured.get(InTurn.START), 1.03);
    print(report, "CPU, ", measured.get(InTurn.CPU), 0);
  }

  void jobs(int rounds, Report report) {
    Map<String, Map<String, Samples>> measured = run(InTurn.WARM, rounds);
    report.head("A job of 60 tasks that pipe, on two executors; ratios to no agent");
    print(report, "first job: ", measured.get(InTurn.COLD), 1.02);
    print(report, "second job: ", measured.get(InTurn.WARM), 1.02);
    print(report, "CPU of all: ", measured.get(InTurn.CPU), 0);
  }

  private Map<String, Map<String, Samples>> run(String what, int rounds) {
    List<String> arguments = new ArrayList<>(List.of(Integer.toString(rounds), what));
    variants.forEach(variant -> arguments.addAll(List.of(variant.name(), variant.options())));
    try (Cluster cluster = new Cluster(jdk, List.of())) {
      Worker driver = cluster.submit(InTurn.class, List.of(), arguments.toArray(String[]::new));
      int status = driver.waitFor(HOURS);
      if (status != 0) {
        throw new IllegalStateException("exit status " + status + "; stderr: " + driver.stderr());
      }
      return parse(driver.stdout());
    }
  }

  private static Map<String, Map<String, Samples>> parse(String stdout) {
    Map<String, Map<String, Samples>> measured = new LinkedHashMap<>();
    for (String line : stdout.lines().toList()) {
      String[] words = line.split(" ");
      measured
          .computeIfAbsent(words[0], what -> new LinkedHashMap<>())
          .computeIfAbsent(words[1], name -> new Samples())
          .add(Double.parseDouble(words[2]));
    }
    return measured;
  }

  private void print(Report report, String what, Map<String, Samples> measured, double bound) {
    Samples none = measured.get(Variant.NONE.name());
    for (Variant variant : variants) {
      Samples samples = measured.get(variant.name());
      String millis = String.format(Locale.ROOT, "%,.0f ms", samples.median());
      boolean agent = variant.name().contains("=");
      if (variant == Variant.NONE) {
        report.plain(what + variant.name(), millis);
      } else {
        report.ratio(what + variant.name(), millis, samples.over(none).median(), agent ? bound : 0);
      }
    }
  }
}
