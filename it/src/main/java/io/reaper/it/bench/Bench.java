package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures on every JDK what the agent costs and how fast it is. Arguments: startup, saturated,
 * warm, recording, memory, deaths, idle, watch, look, or none for all of them; {@code quick} for
 * fewer rounds; a number for that JDK only.
 */
public final class Bench {

  private static final List<String> SECTIONS =
      List.of(
          "startup", "saturated", "warm", "recording", "memory", "deaths", "idle", "watch", "look");

  /** Those that count the CPU of all processes, or end them, by a cgroup. */
  private static final List<String> IN_A_CGROUP =
      List.of("startup", "saturated", "deaths", "idle", "watch");

  private final PrintStream out;
  private final Report report;
  private final boolean quick;

  private Bench(PrintStream out, boolean quick) {
    this.out = out;
    this.report = new Report(out);
    this.quick = quick;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Set<String> asked = new TreeSet<>(List.of(args));
    boolean quick = asked.remove("quick");
    List<Jdk> jdks = new ArrayList<>(Jdk.all());
    if (jdks.stream().anyMatch(jdk -> asked.contains(String.valueOf(jdk.feature())))) {
      jdks.removeIf(jdk -> !asked.remove(String.valueOf(jdk.feature())));
    }
    if (!SECTIONS.containsAll(asked)) {
      throw new IllegalArgumentException(asked + ": expected some of " + SECTIONS + " or quick");
    }
    if (!Files.isReadable(Launch.agentJar())) {
      throw new IllegalStateException(Launch.agentJar() + " is not there: build it first");
    }
    // The signs of the table are not in every default charset.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Bench bench = new Bench(out, quick);
    bench.machine();
    for (String section : SECTIONS) {
      if (asked.isEmpty() || asked.contains(section)) {
        for (Jdk jdk : jdks) {
          bench.run(section, jdk);
        }
      }
    }
  }

  private void machine() {
    out.printf(
        "%d cores, Linux %s, medians%s%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.version").split("-")[0],
        quick ? ", quick" : "");
  }

  private void run(String section, Jdk jdk) throws IOException, InterruptedException {
    if (IN_A_CGROUP.contains(section) && !Cgroup.isAvailable()) {
      out.printf("%n%s: needs a cgroup v2 that this user may write to%n", section);
      return;
    }
    report.on(jdk);
    switch (section) {
      case "startup" -> new Startup(jdk, quick ? 7 : 31).run(report);
      case "saturated" -> new Saturated(jdk, quick ? 3 : 7).run(report);
      case "watch" -> new Watch(jdk).run(report);
      case "warm" -> new Warm(jdk, quick ? 2 : 6, quick ? 15 : 50).run(report);
      case "recording" -> new Warm(jdk, quick ? 2 : 6, quick ? 15 : 50).runRecording(report);
      case "look" -> new Look(jdk, quick ? 20 : 200, quick ? 5 : 15).run(report);
      case "memory" -> new Memory(jdk, quick ? 20_000 : 100_000).run(report);
      case "deaths" -> new Deaths(jdk, quick ? 2 : 5, quick).run(report);
      case "idle" -> new Idle(jdk).run(report);
      default -> throw new IllegalArgumentException(section);
    }
  }
}
