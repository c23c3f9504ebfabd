package io.reaper.it.spark;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.spark.job.Helpers;
import io.reaper.it.spark.job.PipeJob;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * A driver that runs {@link PipeJob} round by round on two executors, each round held in its middle
 * until it is let through. It ends with its cluster at the latest.
 */
public final class Application {

  /** What the job must give: how many numbers came back, and their sum. */
  public static final String RIGHT_RESULT =
      PipeJob.NUMBERS + " " + (long) PipeJob.NUMBERS * (PipeJob.NUMBERS + 1);

  /** How long Spark's Worker waits for an executor that it has asked to end, and a while more. */
  private static final Duration STOPPED = Duration.ofSeconds(15);

  private static final String PIPE =
      """
      echo "PIPE@$PPID $$" >> "${0%/*}/report"
      read go < "$1"
      while read n; do echo $((2 * n)); done
      """;

  private final Worker driver;
  private int rounds;
  private int tasks;

  /** Submits it with these settings, each a {@code key=value}. */
  public Application(Cluster cluster, List<String> settings) {
    driver = cluster.submit(PipeJob.class, settings);
    try {
      Files.writeString(driver.dir().resolve(PipeJob.PROGRAM), PIPE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a round, and waits until both its tasks and all that they start are there. */
  public void begin() {
    rounds++;
    shell("mkfifo \"$0\"", gate());
    driver.say(gate().toString());
    awaitTasks(PipeJob.TASKS);
  }

  /** Waits until a task has been started once more. */
  public void awaitRetry() {
    awaitTasks(1);
  }

  /** Lets the round through, and waits for its result. */
  public String finish() {
    // Open for both, so that it does not block, and for those that come late.
    try (RandomAccessFile gate = new RandomAccessFile(gate().toFile(), "rw")) {
      gate.write("\n".repeat(PipeJob.TASKS * 10).getBytes(StandardCharsets.US_ASCII));
      Patience.await(driver, "result", () -> results().size() == rounds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return results().get(rounds - 1);
  }

  /** Ends the driver in order, which stops its SparkContext; returns when no executor is left. */
  public void stop() {
    List<Executor> last = executors();
    driver.sayNothing();
    driver.waitFor(30);
    if (!Patience.within(STOPPED, () -> last.stream().noneMatch(e -> e.jvm().isAlive()))) {
      throw new AssertionError("executors are left: " + last);
    }
  }

  /** The executors that are alive. */
  public List<Executor> executors() {
    return driver.reported(Helpers.EXECUTOR).stream()
        .distinct()
        .filter(Proc::isAlive)
        .map(jvm -> new Executor(jvm, startedBy(jvm)))
        .toList();
  }

  /** The one with the most processes. */
  public Executor eldest() {
    return executors().stream()
        .max(Comparator.comparingInt(executor -> executor.processes().size()))
        .orElseThrow();
  }

  /** Returns every process that any task of this application has started. */
  public List<Proc> started() {
    return driver.reported().entrySet().stream()
        .filter(entry -> entry.getKey().contains("@"))
        .flatMap(entry -> entry.getValue().stream())
        .toList();
  }

  /** How many of a kind have been started, by whichever executor, and live. */
  public long living(String kind) {
    return driver.reported().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(kind + "@"))
        .flatMap(entry -> entry.getValue().stream())
        .filter(Proc::isAlive)
        .count();
  }

  private void awaitTasks(int more) {
    tasks += more;
    Patience.await(
        driver,
        tasks + " tasks",
        () ->
            driver.reported(Helpers.EXECUTOR).size() == tasks
                && started().size() == tasks * Helpers.PROCESSES_OF_A_TASK);
  }

  private List<Proc> startedBy(Proc jvm) {
    String suffix = "@" + jvm.pid();
    return driver.reported().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(suffix))
        .flatMap(entry -> entry.getValue().stream())
        .toList();
  }

  private List<String> results() {
    return driver
        .stdout()
        .lines()
        .filter(line -> line.startsWith(PipeJob.RESULT))
        .map(line -> line.substring(PipeJob.RESULT.length()))
        .toList();
  }

  private Path gate() {
    return driver.dir().resolve("gate-" + rounds);
  }

  private static void shell(String script, Path argument) {
    try {
      new ProcessBuilder("sh", "-c", script, argument.toString()).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
