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
 * of them; {@code quick} for fewer rounds; a number for that JDK only.
 */
public final class Figures {

  private static final List<String> SECTIONS = List.of("kills", "starts", "jobs");
  private static final String BOTH = "process-group=true,subreaper=true";

  private Figures() {}

  /** See above. */
  public static void main(String[] args) throws IOException {
    Set<String> asked = new TreeSet<>(List.of(args));
    boolean quick = asked.remove("quick");
    List<Jdk> jdks = new ArrayList<>(Jdk.all());
    if (jdks.stream().anyMatch(jdk -> asked.contains(String.valueOf(jdk.feature())))) {
      jdks.removeIf(jdk -> !asked.remove(String.valueOf(jdk.feature())));
    }
    if (!SECTIONS.containsAll(asked)) {
      throw new IllegalArgumentException(asked + ": expected some of " + SECTIONS + " or quick");
    }
    // The signs of the table are not in every default charset.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Report report = new Report(out);
    Path empty = EmptyAgent.jar(Files.createTempFile("empty-agent-", ".jar"));
    try {
      for (String section : asked.isEmpty() ? SECTIONS : asked) {
        for (Jdk jdk : jdks) {
          run(section, jdk, quick, report.on(jdk), empty);
        }
      }
    } finally {
      Files.delete(empty);
    }
  }

  private static void run(String section, Jdk jdk, boolean quick, Report report, Path empty) {
    List<Variant> variants = new ArrayList<>(List.of(Variant.NONE));
    if (!section.equals("kills")) {
      variants.add(Variant.empty(empty));
    }
    modes().forEach(mode -> variants.add(Variant.agent(mode)));
    switch (section) {
      case "kills" -> new Kills(jdk, quick ? 2 : 5).run(variants, report);
      case "starts" -> new Turns(jdk, variants).starts(quick ? 5 : 21, report);
      case "jobs" -> new Turns(jdk, variants).jobs(quick ? 3 : 11, report);
      default -> throw new IllegalArgumentException(section);
    }
  }

  private static List<String> modes() {
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
