package io.reaper.it.flink;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.runtime.util.EnvironmentInformation;

/**
 * Measures what the agent costs a TaskManager and a job, and how soon after a TaskManager's SIGKILL
 * its processes are gone. Arguments: start, job, death, or none for all of them; a number for the
 * rounds.
 */
public final class FlinkBench {

  private static final String NO_AGENT = "no agent";
  private static final String GROUP = "process-group=true";
  private static final String RECOMMENDED = "subreaper=true,process-group=true";
  private static final String EVERY_MODE = RECOMMENDED + ",cgroup=true";
  private static final List<String> COMPARED = List.of(NO_AGENT, "", RECOMMENDED, EVERY_MODE);
  private static final List<String> FATAL = List.of(GROUP, "subreaper=true", RECOMMENDED);

  private static final double START_BOUND = 1.03;
  private static final double JOB_BOUND = 1.02;
  private static final double DEATH_BOUND_MILLIS = 200;
  private static final int NUMBERS = 200_000;
  private static final int TASKS = 4;

  private final PrintStream out;
  private final Jdk jdk = Jdk.forEngines().get(0);
  private final int rounds;

  private FlinkBench(PrintStream out, int rounds) {
    this.out = out;
    this.rounds = rounds;
  }

  public static void main(String[] args) throws IOException {
    List<String> asked = new ArrayList<>(List.of(args));
    int rounds = 9;
    for (String arg : args) {
      if (arg.matches("\\d+")) {
        rounds = Integer.parseInt(arg);
        asked.remove(arg);
      }
    }
    // The signs of the table are not in every default charset.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    FlinkBench bench = new FlinkBench(out, rounds);
    for (String section : asked.isEmpty() ? List.of("start", "job", "death") : asked) {
      switch (section) {
        case "start" -> bench.start();
        case "job" -> bench.job();
        case "death" -> bench.death();
        default -> throw new IllegalArgumentException(section + ": start, job, death or a number");
      }
    }
  }

  /** From the launch of the process to its registration. */
  private void start() throws IOException {
    Map<String, List<Double>> millis = samples(COMPARED);
    inTurn(
        COMPARED,
        (cluster, agent, round) -> {
          long start = System.nanoTime();
          cluster.startTaskManager();
          add(millis.get(agent), round, (System.nanoTime() - start) / 1e6);
        });
    compare("TaskManager, from its launch to its registration", millis, START_BOUND);
  }

  /**
   * Two TaskManagers, neither of which dies. The job is new each time, and so are its processes.
   */
  private void job() throws IOException {
    Map<String, List<Double>> millis = samples(COMPARED);
    inTurn(
        COMPARED,
        (cluster, agent, round) -> {
          cluster.startTaskManager();
          cluster.startTaskManager();
          Job job = cluster.submit(NUMBERS);
          job.mayEnd();
          cluster.await("result", () -> cluster.rest().state(job.id()).equals("FINISHED"));
          add(millis.get(agent), round, cluster.rest().millis(job.id()));
        });
    compare("Job of %,d records through %d pipes".formatted(NUMBERS, TASKS), millis, JOB_BOUND);
  }

  /** From SIGKILL to the end of the last process of the TaskManager that the modes cover. */
  private void death() throws IOException {
    Map<String, List<Double>> millis = samples(FATAL);
    inTurn(
        FATAL,
        (cluster, agent, round) -> {
          TaskManager victim = cluster.startTaskManager();
          cluster.startTaskManager();
          Job job = cluster.submit(NUMBERS);
          cluster.await("running job", () -> cluster.rest().isRunning(job.id()));
          cluster.await("helpers", victim::isAtWork);
          add(millis.get(agent), round, victim.killUntilGone(covered(agent, victim)));
          cluster.rest().cancel(job.id());
        });
    head("From SIGKILL of a TaskManager to the end of its last process (of those covered)");
    millis.forEach(
        (agent, values) ->
            out.printf(
                Locale.ROOT,
                "| %-45s | %6.0f ms | %6.0f ms | ≤ %.0f ms | %s |%n",
                agent,
                median(values),
                values.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                DEATH_BOUND_MILLIS,
                verdict(median(values) <= DEATH_BOUND_MILLIS)));
  }

  private static List<Proc> covered(String agent, TaskManager victim) {
    List<Proc> covered = new ArrayList<>(victim.processes());
    if (agent.equals(GROUP)) {
      covered.removeAll(victim.worker().reported("SETSID_GRANDCHILD"));
    }
    return covered;
  }

  /** What is measured of TaskManagers with this agent, in this round. */
  private interface Measurement {
    void take(Cluster cluster, String agent, int round) throws IOException;
  }

  /** One JobManager for all, so that a round differs by the TaskManagers alone. */
  private void inTurn(List<String> agents, Measurement measurement) throws IOException {
    try (Cluster cluster = Cluster.start(jdk, "")) {
      // Whoever interrupts a measurement is not to be left with a cluster.
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
      for (int round = -1; round < rounds; round++) {
        for (String agent : agents) {
          cluster.configure(agent.equals(NO_AGENT) ? "" : Cluster.javaAgent(agent));
          measurement.take(cluster, agent, round);
          cluster.endTaskManagers();
        }
      }
    }
  }

  private static Map<String, List<Double>> samples(List<String> variants) {
    Map<String, List<Double>> samples = new LinkedHashMap<>();
    variants.forEach(variant -> samples.put(variant, new ArrayList<>()));
    return samples;
  }

  /** The round before the first reads jars from the disk, and does not count. */
  private static void add(List<Double> samples, int round, double value) {
    if (round >= 0) {
      samples.add(value);
    }
  }

  private void compare(String title, Map<String, List<Double>> millis, double bound) {
    head(title);
    List<Double> base = millis.get(NO_AGENT);
    millis.forEach(
        (agent, values) -> {
          List<Double> ratios = new ArrayList<>();
          for (int round = 0; round < rounds; round++) {
            // To the same round without: what a machine does slowly cancels.
            ratios.add(values.get(round) / base.get(round));
          }
          out.printf(
              Locale.ROOT,
              "| %-45s | %6.0f ms | %.3f × | %s |%n",
              agent.isEmpty() ? "children (default)" : agent,
              median(values),
              median(ratios),
              values == base
                  ? ""
                  : String.format(
                      Locale.ROOT, "≤ %.2f × %s", bound, verdict(median(ratios) <= bound)));
        });
  }

  private void head(String title) {
    out.printf(
        "%n%s: %s, Flink %s, %d cores, medians of %d rounds%n",
        title,
        jdk,
        EnvironmentInformation.getVersion(),
        Runtime.getRuntime().availableProcessors(),
        rounds);
  }

  private static String verdict(boolean holds) {
    return holds ? "holds" : "MISSED";
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
