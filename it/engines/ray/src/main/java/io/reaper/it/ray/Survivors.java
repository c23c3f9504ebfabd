package io.reaper.it.ray;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Venv;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table: what survives which end of an actor's worker, with and without the agent. */
final class Survivors {

  /** Longer than the raylet takes from one look for orphans to the next. */
  private static final long WATCHED = TimeUnit.SECONDS.toNanos(12);

  /** Each of the raylet's looks ends one generation. */
  private static final int GENERATIONS = 2;

  /** Most ends are over by then, and the next one is not measured while they go on. */
  private static final long UNDISTURBED = TimeUnit.SECONDS.toNanos(2);

  private static final String WORKER = "worker";
  private static final String FORMAT = "%-36s%-15s%-20s";
  private static final String CELL = "%11s";

  /** One line: the time from the order to end until each process was dead, if it is. */
  record Row(Setting setting, Ending ending, Agent agent, Map<String, Optional<Duration>> deaths) {

    /** What lives on. */
    List<String> survivors() {
      return deaths.entrySet().stream()
          .filter(death -> death.getValue().isEmpty())
          .map(Map.Entry::getKey)
          .toList();
    }

    @Override
    public String toString() {
      return line(
          setting.toString(),
          ending.toString(),
          agent.toString(),
          deaths.values().stream()
              .map(death -> death.map(d -> d.toMillis() + " ms").orElse("SURVIVES")));
    }
  }

  private Survivors() {}

  /** Arguments: Ray's version, and where it is to be installed. */
  public static void main(String[] arguments) throws Exception {
    Venv ray = Venv.of("ray", arguments[0], Path.of(arguments[1]));
    Jdk jdk = Jdk.at(Path.of(System.getProperty("java.home"))).orElseThrow();
    System.out.println(heading());
    for (Setting setting : Setting.values()) {
      of(ray, jdk, setting).forEach(System.out::println);
    }
  }

  static String heading() {
    return line("Ray's setting", "ended by", "agent", names());
  }

  /** The lines for one setting: a head node, and a worker of its own for each way to end. */
  static List<Row> of(Venv ray, Jdk jdk, Setting setting) throws IOException {
    List<Trial> trials = new ArrayList<>();
    try (Head head = Head.start(ray, jdk, setting)) {
      try {
        for (Ending ending : Ending.values()) {
          for (Agent agent : Agent.values()) {
            if (agent.isToBeHad(jdk)) {
              trials.add(new Trial(ending, agent, Job.start(head, agent)));
            }
          }
        }
        trials.forEach(trial -> trial.job.spawn());
        for (Trial trial : trials) {
          trial.end();
          watch(trials, trial, UNDISTURBED);
        }
        for (Trial trial : trials) {
          watch(trials, trial, setting.looksForOrphans() ? WATCHED * GENERATIONS : WATCHED);
        }
        return trials.stream().map(trial -> trial.row(setting)).toList();
      } finally {
        trials.forEach(trial -> trial.job.close());
      }
    }
  }

  /** Waits for the death of all that one of them has started, and looks at the others meanwhile. */
  private static void watch(List<Trial> trials, Trial one, long nanos) {
    do {
      trials.forEach(Trial::look);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    } while (!one.look() && System.nanoTime() - one.ordered < nanos);
  }

  private static Stream<String> names() {
    return Stream.concat(Stream.of(WORKER), Spawner.NAMES.stream().map(String::toLowerCase));
  }

  private static String line(String setting, String ending, String agent, Stream<String> cells) {
    return FORMAT.formatted(setting, ending, agent)
        + cells.map(CELL::formatted).collect(Collectors.joining());
  }

  /** One worker and its end. */
  private static final class Trial {
    private final Ending ending;
    private final Agent agent;
    private final Job job;
    private final Map<String, Proc> processes = new LinkedHashMap<>();
    private final Watch watch = new Watch();
    private long ordered;

    Trial(Ending ending, Agent agent, Job job) {
      this.ending = ending;
      this.agent = agent;
      this.job = job;
    }

    void end() {
      processes.put(WORKER, job.worker());
      processes.putAll(job.processes());
      ordered = System.nanoTime();
      ending.bringTo(job);
    }

    /** Answers whether all are dead; none is looked at before the end. */
    boolean look() {
      return watch.look(processes.values());
    }

    Row row(Setting setting) {
      Map<String, Optional<Duration>> deaths = new LinkedHashMap<>();
      processes.forEach((name, proc) -> deaths.put(name.toLowerCase(), watch.since(ordered, proc)));
      return new Row(setting, ending, agent, deaths);
    }
  }
}
