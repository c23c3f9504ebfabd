package io.reaper.it.seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.program.Programs;
import io.reaper.it.support.AgentJar;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs drawn by lot see the same with the agent and without, line by line: {@code
 * -Dreaper.it.seeds=1000} makes it more of them, and {@code -Dreaper.it.seed} the same.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record DifferentialIT(Jdk jdk) {

  private static final int SEEDS = Integer.getInteger("reaper.it.seeds", Jdk.FULL ? 100 : 30);

  /** A quick build says the same each time; a full one looks for what was never seen yet. */
  private static final long SEED =
      Long.getLong("reaper.it.seed", Jdk.FULL ? System.nanoTime() % 1_000_000_000 : 1);

  /** So many programs share a JVM, as its first start is like no other. */
  private static final int IN_A_JVM = 25;

  private static final String[] PID_NAMESPACE = {"unshare", "--pid", "--fork", "--mount-proc"};

  /** So many of the first ones show each difference that is made on purpose. */
  private static final int FEW = 40;

  /** What the programs of some seeds say without the agent. */
  private static final Map<String, Said> WITHOUT = new ConcurrentHashMap<>();

  /** All that programs see and write, and the status of their JVM. */
  private record Said(List<String> transcripts, List<String> stdout, String stderr, int status) {}

  /**
   * A difference that the documentation names.
   *
   * @param modes a pattern that the agent's arguments have
   * @param line a pattern of what may be different in a line
   * @param page of the documentation
   * @param sentence that stands there
   */
  private record Allowed(String modes, String line, String page, String sentence) {
    private String without(String arguments, String said) {
      return (arguments + ",").matches(".*(" + modes + "),.*")
          ? said.replaceAll(line, "(" + page + ")")
          : said;
    }
  }

  private static final List<Allowed> ALLOWED =
      List.of(
          new Allowed(
              "subreaper=true|process-group=true",
              "(?<=own|LIMITS): Max file locks \\S+",
              "design.md",
              "A worker with `subreaper` or `process-group` sets its own soft RLIMIT_LOCKS"),
          new Allowed(
              "subreaper=true",
              "(?<=LIMITS): Max resident set \\S+",
              "modes.md",
              "a soft RLIMIT_RSS of its children, which Linux does not heed | `subreaper`"),
          new Allowed(
              "subreaper=true",
              "(?<=orphan's parent): .*",
              "modes.md",
              "orphans are among `ProcessHandle.current().children()`"),
          new Allowed(
              "subreaper=true",
              "(?<=alive|there) then: \\w+",
              "modes.md",
              "its `ProcessHandle.onExit` has completed, and `isAlive` is still true"),
          new Allowed(
              "process-group=true",
              "(?<=own): leads its group: \\w+",
              "modes.md",
              "`process-group` takes the worker out of its starter's group"),
          new Allowed(
              "cgroup=true",
              "(?<=own|CGROUP): 0::.*",
              "modes.md",
              "`cgroup` takes the worker into a cgroup below the one it was in"),
          new Allowed(
              "sigchld=ignore",
              "(?<=own): SigIgn:.*",
              "options.md",
              "`sigchld=ignore` has the kernel reap them, while no child is waited for"));

  /** What the programs of a JVM are, besides their seeds. */
  private record Draw(String mechanism, boolean orphans) {
    static Draw of(long from) {
      SplittableRandom random = new SplittableRandom(from);
      String mechanism = List.of("", "", "VFORK", "FORK").get(random.nextInt(4));
      // What init does with orphans is another thing on each machine.
      return new Draw(mechanism, random.nextBoolean() && Machine.allows(PID_NAMESPACE));
    }
  }

  private Launch launch(Draw draw) {
    Launch launch = Launch.on(jdk).jvm("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m");
    if (draw.orphans) {
      launch.under(PID_NAMESPACE).under("sh", "-c", "\"$@\"; exit $?", "sh");
    }
    if (!draw.mechanism.isEmpty()) {
      launch.jvm("-Djdk.lang.Process.launchMechanism=" + draw.mechanism);
    }
    return launch.under("sh", "-c", "ulimit -n 256; exec \"$@\" </dev/null", "sh");
  }

  private static Said run(Launch launch, long from, int count, boolean orphans) {
    String[] arguments = {String.valueOf(from), String.valueOf(count), String.valueOf(orphans)};
    try (Worker worker = launch.start(Programs.class, arguments)) {
      int status = worker.waitFor(300);
      Path transcripts = worker.dir().resolve(Programs.TRANSCRIPTS);
      return new Said(
          Files.readAllLines(transcripts),
          inherited(worker.stdout().replace(worker.dir().toString(), "DIR")),
          worker.stderr(),
          status);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What children wrote to the worker's own output: whole lines, or zeros in between. */
  private static List<String> inherited(String stdout) {
    return stdout.replace("\0", "").lines().sorted().toList();
  }

  private Said without(long from, int count) {
    Draw draw = Draw.of(from);
    return WITHOUT.computeIfAbsent(
        jdk + " " + from, key -> run(launch(draw), from, count, draw.orphans));
  }

  private Said with(String arguments, long from, int count) {
    Draw draw = Draw.of(from);
    Launch launch = launch(draw);
    launch.agent(
        Stream.of(arguments, "dir=" + Traces.ledgers(launch.dir()))
            .filter(given -> !given.isEmpty())
            .reduce((some, more) -> some + "," + more)
            .orElseThrow());
    return run(launch, from, count, draw.orphans);
  }

  /** Returns where two JVMs said something else, in words; null if they did not. */
  private static String difference(String arguments, Said without, Said with) {
    List<String> expected = said(arguments, without);
    List<String> actual = said(arguments, with);
    int line = 0;
    while (line < Math.min(expected.size(), actual.size())
        && expected.get(line).equals(actual.get(line))) {
      line++;
    }
    return expected.equals(actual)
        ? null
        : "after%n%s%nwithout the agent%n%s%nand with it%n%s"
            .formatted(
                part(expected, line - 12, line),
                part(expected, line, line + 6),
                part(actual, line, line + 6));
  }

  private static String part(List<String> lines, int from, int to) {
    return String.join("\n", lines.subList(Math.max(0, from), Math.min(to, lines.size())));
  }

  private static List<String> said(String arguments, Said all) {
    List<String> lines = new ArrayList<>(all.transcripts);
    all.stdout.forEach(line -> lines.add("stdout: " + line));
    all.stderr.lines().forEach(line -> lines.add("stderr: " + line));
    lines.add("status: " + all.status);
    return lines.stream().map(line -> withoutAllowed(arguments, line)).toList();
  }

  private static String withoutAllowed(String arguments, String line) {
    String left = line;
    for (Allowed allowed : ALLOWED) {
      left = allowed.without(arguments, left);
    }
    return left;
  }

  @NeedsAgent
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "subreaper=true",
        "process-group=true",
        "subreaper=true,process-group=true",
        "cgroup=true",
        "keep=cat:sleep",
        "subreaper=true,sigchld=ignore"
      })
  void programsSeeNoDifference(String arguments) {
    assumeThat(!arguments.contains("cgroup") || Cgroup2.isWritable())
        .as("there is a writable cgroup v2 here")
        .isTrue();
    System.out.printf("%s, %s: -Dreaper.it.seed=%d%n", jdk, arguments, SEED);
    List<String> differences =
        LongStream.iterate(SEED, from -> from < SEED + SEEDS, from -> from + IN_A_JVM)
            .boxed()
            .parallel()
            .map(from -> compare(arguments, from))
            .filter(difference -> !difference.isEmpty())
            .toList();
    assertThat(differences).isEmpty();
  }

  private String compare(String arguments, long from) {
    int count = (int) Math.min(IN_A_JVM, SEED + SEEDS - from);
    String difference = difference(arguments, without(from, count), with(arguments, from, count));
    return difference == null
        ? ""
        : "%s, \"%s\", %s: -Dreaper.it.seed=%d -Dreaper.it.seeds=%d%n%s"
            .formatted(jdk, arguments, Draw.of(from), from, count, difference);
  }

  @Test
  void eachDifferenceThatIsAllowedIsNamedInTheDocumentation() throws IOException {
    Path docs = Launch.classes().resolve("../../../agent/docs").normalize();
    for (Allowed allowed : ALLOWED) {
      String page = Files.readString(docs.resolve(allowed.page)).replaceAll("\\s+", " ");
      assertThat(page).contains(allowed.sentence);
    }
  }

  /** An agent that takes the statuses of all children, as SIGCHLD ignored does. */
  private static final String THIEF =
      """
      public class Thief {
        public static void premain(String none) throws Exception {
          new ProcessBuilder("true").start().waitFor();
          // By reflection, as javac warns of each word of it.
          Class<?> signal = Class.forName("sun.misc.Signal");
          Class<?> handler = Class.forName("sun.misc.SignalHandler");
          Object chld = signal.getConstructor(String.class).newInstance("CHLD");
          Object ignore = handler.getField("SIG_IGN").get(null);
          signal.getMethod("handle", signal, handler).invoke(null, chld, ignore);
        }
      }
      """;

  @Tag("full")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "trap '' USR1",
        "ulimit -S -c 1000",
        "ulimit -n 200",
        "umask 27",
        "export ONE_MORE=variable",
        "cd /",
        "set -- \"$1\" -XX:MaxJavaStackTraceDepth=9 \"${@:2}\"",
        "set -- \"$1\" -javaagent:$THIEF \"${@:2}\""
      })
  void differencesAreFound(String disturbance, @TempDir Path dir) {
    assumeThat(jdk).as("one JDK is enough").isEqualTo(Jdk.tested().get(0));
    Path thief = AgentJar.build(dir, "Thief", THIEF, Map.of());
    Said plain = WITHOUT.computeIfAbsent(jdk + " plain", key -> run(plain(), 1, FEW, false));
    String script = disturbance.replace("$THIEF", thief.toString());
    Launch disturbed = plain().under("bash", "-c", script + "; exec \"$@\"", "bash");
    assertThat(difference("", plain, run(disturbed, 1, FEW, false))).isNotNull();
  }

  private Launch plain() {
    return launch(new Draw("", false));
  }

  @Tag("slow")
  @Test
  void sameProgramsSayTheSameTwice() {
    Said plain = WITHOUT.computeIfAbsent(jdk + " plain", key -> run(plain(), 1, FEW, false));
    assertThat(difference("", plain, run(plain(), 1, FEW, false))).isNull();
  }
}
