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
import java.util.stream.Stream;

/** What a JVM pays for the agent from start to end, beside an agent that does nothing. */
final class Startup {

  private static final String NONE = null;

  /** The agent that does nothing. */
  static final String EMPTY = "empty";

  static final String BOTH = "subreaper=true,process-group=true";

  /** The agent as by default, in a directory that keeps no woven class of another JVM's. */
  private static final String FIRST = "first";

  /** A way to start the worker; a bound of 0 is none. */
  private static final class Variant {
    final String title;
    final String agent;
    final int spawns;
    final double wallBound;
    final double cpuBound;
    final Samples wall = new Samples();
    final Samples cpu = new Samples();

    Variant(String title, String agent, int spawns, double wallBound, double cpuBound) {
      this.title = title;
      this.agent = agent;
      this.spawns = spawns;
      this.wallBound = wallBound;
      this.cpuBound = cpuBound;
    }
  }

  private final Jdk jdk;
  private final int rounds;
  private final Variant idleFloor = new Variant("empty agent, no spawn", EMPTY, 0, 0, 0);
  private final Variant busyFloor = new Variant("empty agent, 4 spawns", EMPTY, 4, 0, 0);
  private final List<Variant> variants = new ArrayList<>();

  Startup(Jdk jdk, int rounds) {
    this.jdk = jdk;
    this.rounds = rounds;
    variants.add(new Variant("no agent, no spawn", NONE, 0, 0, 0));
    variants.add(idleFloor);
    variants.add(new Variant("default, no spawn", "", 0, 1.05, 1.15));
    variants.add(new Variant(BOTH + ", no spawn", BOTH, 0, 1.20, 1.9));
    variants.add(new Variant("no agent, 4 spawns", NONE, 4, 0, 0));
    variants.add(busyFloor);
    variants.add(new Variant("default, 4 spawns", "", 4, 1.30, 1.5));
    variants.add(new Variant("no woven class kept, 4 spawns", FIRST, 4, 0, 0));
    variants.add(new Variant("sentinel=false, 4 spawns", "sentinel=false", 4, 0, 0));
    variants.add(new Variant(BOTH + ", 4 spawns", BOTH, 4, 1.45, 0));
  }

  void run(Report report) throws IOException, InterruptedException {
    try (Place place = new Place();
        Cgroup cgroup = Cgroup.create()) {
      // The first round reads jars and libraries from the disk.
      for (Variant variant : variants) {
        measure(variant, place, cgroup, new Samples(), new Samples());
      }
      for (int round = 0; round < rounds; round++) {
        for (Variant variant : variants) {
          measure(variant, place, cgroup, variant.wall, variant.cpu);
        }
      }
    }
    report.head("Start-up: a JVM that says hello, from start to end; ratios to the empty agent");
    variants.forEach(variant -> print(report, variant));
  }

  /** A directory with all that the JVMs are started from, and for what they keep. */
  static final class Place implements AutoCloseable {
    private final Path dir = Files.createTempDirectory("startup-");
    private final Path classes = onlyHello(dir);
    private final Path empty = EmptyAgent.jar(dir.resolve("empty-agent.jar"));
    private final Path runtime = Files.createDirectory(dir.resolve("runtime"));

    Place() throws IOException {}

    Path classes() {
      return classes;
    }

    /** Returns the JVM's options for that agent, which may be null. */
    List<String> options(String agent) {
      return agent == null
          ? List.of()
          : List.of(agent.equals(EMPTY) ? "-javaagent:" + empty : Subject.javaAgent(agent));
    }

    /** Returns what starts that command with a place of the benchmark's own for the agent. */
    ProcessBuilder builder(List<String> command) {
      return builder(command, runtime);
    }

    /** Returns the same where no other JVM has kept anything. */
    ProcessBuilder firstBuilder(List<String> command) throws IOException {
      return builder(command, Files.createTempDirectory(dir, "runtime-"));
    }

    private static ProcessBuilder builder(List<String> command, Path runtime) {
      ProcessBuilder builder =
          Subject.builder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
      return builder;
    }

    /**
     * Copies the class alone: what the class path holds, too, is loaded from there, and the agent's
     * jar never opened.
     */
    private static Path onlyHello(Path dir) throws IOException {
      Path classes = dir.resolve("classes");
      String file = Hello.class.getName().replace('.', '/') + ".class";
      Files.createDirectories(classes.resolve(file).getParent());
      Files.copy(Launch.classes().resolve(file), classes.resolve(file));
      return classes;
    }

    @Override
    public void close() throws IOException {
      try (Stream<Path> files = Files.walk(dir)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private void measure(Variant variant, Place place, Cgroup cgroup, Samples wall, Samples cpu)
      throws IOException, InterruptedException {
    boolean isFirst = FIRST.equals(variant.agent);
    List<String> options = place.options(isFirst ? "" : variant.agent);
    List<String> command =
        Subject.java(jdk, options, place.classes(), Hello.class, Integer.toString(variant.spawns));
    List<String> within = cgroup.within(command);
    ProcessBuilder builder = isFirst ? place.firstBuilder(within) : place.builder(within);
    long cpuBefore = cgroup.cpuNanos();
    long before = System.nanoTime();
    int status = builder.start().waitFor();
    wall.add(System.nanoTime() - before);
    if (status != 0) {
      throw new IOException("exit status " + status + " of " + command);
    }
    // What the worker leaves behind for a moment, such as a sentinel, is part of the price.
    cgroup.awaitEmpty();
    cpu.add(cgroup.cpuNanos() - cpuBefore);
  }

  private void print(Report report, Variant variant) {
    Variant floor = variant.spawns == 0 ? idleFloor : busyFloor;
    double wall = variant.wall.over(floor.wall).median();
    double cpu = variant.cpu.over(floor.cpu).median();
    report.ratio(variant.title + ": wall", millis(variant.wall), wall, variant.wallBound);
    report.ratio(variant.title + ": CPU", millis(variant.cpu), cpu, variant.cpuBound);
  }

  private static String millis(Samples nanos) {
    return String.format(Locale.ROOT, "%.0f ms", nanos.median() / 1e6);
  }
}
