package io.reaper.it.spark.bench;

import io.reaper.it.bench.Cgroup;
import io.reaper.it.bench.EmptyAgent;
import io.reaper.it.bench.Report;
import io.reaper.it.harness.Jdk;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures what the agent costs Spark's executors. Arguments: kills, starts, jobs, or none for all
 * of them; {@code quick} for fewer rounds; a number for that JDK, {@code key=value} for that mode
 * only.
 */
public final class Figures {

  private static final List<String> SECTIONS = List.of("kills", "starts", "jobs");
  private static final String BOTH = "process-group=true,subreaper=true";

  private final Report report;
  private final boolean quick;
  private final List<String> modes;

  private Figures(Report report, boolean quick, List<String> modes) {
    this.report = report;
    this.quick = quick;
    this.modes = modes;
  }

  /** See above. */
  public static void main(String[] args) throws IOException {
    Set<String> asked = new TreeSet<>(List.of(args));
    boolean quick = asked.remove("quick");
    List<Jdk> jdks = new ArrayList<>(Jdk.forEngines());
    if (jdks.stream().anyMatch(jdk -> asked.contains(String.valueOf(jdk.feature())))) {
      jdks.removeIf(jdk -> !asked.remove(String.valueOf(jdk.feature())));
    }
    List<String> modes = asked.stream().filter(word -> word.contains("=")).toList();
    asked.removeAll(modes);
    if (!SECTIONS.containsAll(asked)) {
      throw new IllegalArgumentException(asked + ": expected some of " + SECTIONS + " or quick");
    }
    // The signs of the table are not in every default charset.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Figures figures = new Figures(new Report(out), quick, modes.isEmpty() ? everyMode() : modes);
    Path empty = EmptyAgent.jar(Files.createTempFile("empty-agent-", ".jar"));
    try {
      for (String section : asked.isEmpty() ? SECTIONS : asked) {
        for (Jdk jdk : jdks) {
          figures.run(section, jdk, empty);
        }
      }
    } finally {
      Files.delete(empty);
    }
  }

  private void run(String section, Jdk jdk, Path empty) {
    report.on(jdk);
    List<Variant> variants = new ArrayList<>(List.of(Variant.NONE));
    if (!section.equals("kills")) {
      variants.add(Variant.empty(empty));
    }
    modes.forEach(mode -> variants.add(Variant.agent(mode)));
    switch (section) {
      case "kills" -> new Kills(jdk, quick ? 2 : 5).run(variants, report);
      case "starts" -> new Turns(jdk, variants).starts(quick ? 5 : 21, report);
      case "jobs" -> new Turns(jdk, variants).jobs(quick ? 3 : 11, report);
      default -> throw new IllegalArgumentException(section);
    }
  }

  private static List<String> everyMode() {
    List<String> modes =
        new ArrayList<>(List.of("children=true", "process-group=true", "subreaper=true"));
    // The kernel has the last word: a mode that is not to be had here has no figure.
    if (Cgroup.isAvailable()) {
      modes.add("cgroup=true");
    }
    modes.add(BOTH);
    return modes;
  }
}
