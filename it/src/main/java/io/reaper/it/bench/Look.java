package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** How long an operator waits for what the command line says of many workers. */
final class Look {

  private static final int CHILDREN = 10;
  private static final double LOOK_BOUND = 2;
  private static final double ATTACH_BOUND_MILLIS = 1_500;

  /** A worker that is small, as there are many. */
  private static final String[] SMALL = {"-Xmx16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"};

  private final Jdk jdk;
  private final int workers;
  private final int rounds;

  Look(Jdk jdk, int workers, int rounds) {
    this.jdk = jdk;
    this.workers = workers;
    this.rounds = rounds;
  }

  void run(Report report) throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("look-");
    List<Subject> subjects = new ArrayList<>();
    try {
      for (int i = 0; i < workers; i++) {
        Subject subject = Subject.start(jdk, "grace=0,log=error,dir=" + ledgers(dir), null, SMALL);
        subjects.add(subject);
        subject.ask("wide " + CHILDREN);
      }
      looks(report, dir, Long.toString(subjects.get(workers / 2).pid()));
    } finally {
      subjects.forEach(Subject::end);
      subjects.forEach(Subject::close);
      try (Stream<Path> files = Files.walk(dir)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    attach(report);
  }

  /** Where ps and tree look for them if they are told of {@code dir} as XDG_RUNTIME_DIR. */
  private static Path ledgers(Path dir) {
    return dir.resolve("reaper-agent");
  }

  private void looks(Report report, Path dir, String pid) throws IOException, InterruptedException {
    List<String> hello = Subject.java(jdk, List.of(), Launch.classes(), Hello.class, "0");
    Samples empty = new Samples();
    Samples ps = new Samples();
    Samples tree = new Samples();
    Samples json = new Samples();
    Samples picocli = new Samples();
    for (int round = 0; round < rounds; round++) {
      empty.add(millis(hello, dir, "hello"));
      ps.add(millis(tool("ps"), dir, "io.reaper.it.bench.Spawner"));
      tree.add(millis(tool("tree", pid), dir, "sleep["));
      json.add(millis(tool("tree", pid, "--json"), dir, "sleep"));
      // Words in an order that is left to picocli.
      picocli.add(millis(tool("tree", "--json", pid), dir, "sleep"));
    }
    report.head(
        "What the command line says of %,d workers with %d children each; ratios to an empty JVM"
            .formatted(workers, CHILDREN));
    report.plain("a JVM that says hello", figure(empty));
    report.ratio("ps", figure(ps), ps.over(empty).median(), LOOK_BOUND);
    report.ratio("tree", figure(tree), tree.over(empty).median(), LOOK_BOUND);
    report.ratio("tree --json", figure(json), json.over(empty).median(), 0);
    report.ratio("tree --json by picocli", figure(picocli), picocli.over(empty).median(), 0);
  }

  private List<String> tool(String... words) {
    List<String> command =
        new ArrayList<>(List.of(jdk.java().toString(), "-jar", Launch.agentJar().toString()));
    command.addAll(List.of(words));
    return command;
  }

  /** Of a worker with as many busy threads as there are cores, each time another. */
  private void attach(Report report) throws IOException, InterruptedException {
    Samples samples = new Samples();
    for (int round = 0; round < rounds; round++) {
      try (Subject busy = Subject.start(jdk, null, null, "-XX:+EnableDynamicAgentLoading")) {
        busy.ask("busy " + Runtime.getRuntime().availableProcessors());
        busy.ask("wide 1");
        samples.add(
            millis(
                tool("attach", Long.toString(busy.pid()), "log=error"), Path.of("/"), "attached"));
      }
    }
    report.atMost("attach to a worker that is busy", samples.median(), ATTACH_BOUND_MILLIS, "ms");
  }

  /** How long the command takes, which must say that. */
  private static double millis(List<String> command, Path runtime, String said)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("look-", ".out");
    ProcessBuilder builder = Subject.builder(command).redirectErrorStream(true);
    builder.environment().putAll(Map.of("XDG_RUNTIME_DIR", runtime.toString()));
    long start = System.nanoTime();
    int status = builder.redirectOutput(out.toFile()).start().waitFor();
    double millis = (System.nanoTime() - start) / 1e6;
    String text = Files.readString(out);
    Files.delete(out);
    if (status != 0 || !text.contains(said)) {
      throw new IOException("exit status " + status + " of " + command + ": " + text);
    }
    return millis;
  }

  private static String figure(Samples millis) {
    return String.format(Locale.ROOT, "%.0f ms", millis.median());
  }
}
