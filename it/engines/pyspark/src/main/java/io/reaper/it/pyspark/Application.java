package io.reaper.it.pyspark;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.spark.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code rounds.py} as a driver, each round held in its middle until it is let through. */
final class Application {

  /** The sum of twice the numbers below a thousand. */
  static final String RIGHT_RESULT = "999000";

  private static final int TASKS = 2;
  private static final int PROCESSES_OF_A_TASK = 3;
  private static final String RESULT = "result: ";

  private final Worker driver;
  private int rounds;
  private int tasks;

  Application(Worker driver) {
    this.driver = driver;
  }

  /** Starts a round, and waits until both its tasks and all that they start are there. */
  void begin() {
    rounds++;
    driver.say(gate().toString());
    awaitTasks(TASKS);
  }

  /** Waits until as many tasks more have been started, with all that they start. */
  void awaitTasks(int more) {
    tasks += more;
    Patience.await(
        driver,
        tasks + " tasks",
        () ->
            driver.reported("EXECUTOR").size() == tasks
                && everything().size() == tasks * PROCESSES_OF_A_TASK);
  }

  /** Lets the round through, and waits for its result. */
  String finish() {
    try {
      Files.createFile(gate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Patience.await(driver, "result", () -> results().size() == rounds);
    return results().get(rounds - 1);
  }

  /** Ends the driver in order. */
  void stop() {
    driver.sayNothing();
    driver.waitFor(60);
  }

  /** The Python process, and the JVM that it has started. */
  Proc python() {
    return driver.reported("DRIVER").get(0);
  }

  Proc gateway() {
    return driver.reported("GATEWAY").get(0);
  }

  /** The JVMs that live and run tasks. */
  List<Proc> executors() {
    return driver.reported("EXECUTOR").stream().distinct().filter(Proc::isAlive).toList();
  }

  /** All that any task has started. */
  List<Proc> everything() {
    return reported("");
  }

  /** All that tasks in that JVM have started. */
  List<Proc> below(Proc jvm) {
    return reported("@" + jvm.pid());
  }

  private List<Proc> reported(String suffix) {
    return driver.reported().entrySet().stream()
        .filter(entry -> entry.getKey().contains("@") && entry.getKey().endsWith(suffix))
        .flatMap(entry -> entry.getValue().stream())
        .toList();
  }

  private List<String> results() {
    return driver
        .stdout()
        .lines()
        .filter(line -> line.startsWith(RESULT))
        .map(line -> line.substring(RESULT.length()))
        .toList();
  }

  private Path gate() {
    return driver.dir().resolve("gate-" + rounds);
  }
}
