package io.reaper.it.flink;

import io.reaper.it.flink.job.Squares;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;

/** A session cluster: a JobManager and TaskManagers, each a process; closing it ends them all. */
final class Cluster implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 120;
  private static final Pattern JOB_ID = Pattern.compile("JobID ([0-9a-f]{32})");

  private final Jdk jdk;
  private final Configuration configuration;
  private final Worker jobManager;
  private final Rest rest;
  private final List<TaskManager> taskManagers = new ArrayList<>();

  private int started;

  private Cluster(Jdk jdk, Launch launch, String taskManagerOptions) throws IOException {
    this.jdk = jdk;
    this.configuration = Configuration.in(launch.dir());
    configuration.write(taskManagerOptions);
    this.rest = new Rest(configuration.restPort());
    this.jobManager =
        flink(
            launch,
            configuration.jobManagerJvm(),
            StandaloneSessionClusterEntrypoint.class,
            List.of("--configDir", configuration.dir().toString()));
  }

  /**
   * Starts a JobManager.
   *
   * @param taskManagerOptions what the configuration says of the TaskManagers' JVMs
   */
  static Cluster start(Jdk jdk, String taskManagerOptions) throws IOException {
    Cluster cluster = new Cluster(jdk, Launch.on(jdk), taskManagerOptions);
    try {
      cluster.await("a JobManager", cluster.rest::isUp);
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  /** The line for the configuration; empty when the tests are to show what happens without. */
  static String javaAgent(String arguments) {
    if (Launch.agentIsOff()) {
      return "";
    }
    return "-javaagent:" + Launch.agentJar() + (arguments.isEmpty() ? "" : "=" + arguments);
  }

  Rest rest() {
    return rest;
  }

  /** Changes what the configuration says of the JVMs of TaskManagers that are yet to start. */
  void configure(String taskManagerOptions) throws IOException {
    configuration.write(taskManagerOptions);
  }

  /** Starts one as its supervisor would, and waits until it is registered. */
  TaskManager startTaskManager() {
    String id = "taskmanager-" + ++started;
    List<String> arguments =
        new ArrayList<>(List.of("--configDir", configuration.dir().toString()));
    arguments.addAll(configuration.taskManagerArguments());
    arguments.addAll(List.of("-D", "taskmanager.resource-id=" + id));
    Worker worker =
        flink(Launch.on(jdk), configuration.taskManagerJvm(), TaskManagerRunner.class, arguments);
    TaskManager taskManager = new TaskManager(id, worker);
    taskManagers.add(taskManager);
    await(id, () -> rest.taskManagers().contains(id));
    return taskManager;
  }

  /** Has Flink's own client, a process as well, submit a job; it flows slowly until it may end. */
  Job submit(int count) throws IOException {
    Path dir = Files.createTempDirectory(configuration.dir(), "job-");
    Path gate = dir.resolve("gate");
    Path results = Files.createDirectory(dir.resolve("results"));
    Launch launch = Launch.on(jdk).environment("FLINK_CONF_DIR", configuration.dir().toString());
    try (Worker client =
        flink(
            launch,
            configuration.clientJvm(),
            CliFrontend.class,
            List.of(
                "run",
                "--detached",
                "--class",
                Squares.class.getName(),
                jobJar().toString(),
                String.valueOf(count),
                gate.toString(),
                results.toString()))) {
      int status = client.waitFor(PATIENCE_SECONDS);
      Matcher id = JOB_ID.matcher(client.stdout());
      if (status != 0 || !id.find()) {
        throw new IllegalStateException(status + "\n" + client.stdout() + client.stderr());
      }
      return new Job(id.group(1), count, gate, results);
    }
  }

  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no " + what + "\n" + logs());
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while waiting for " + what, e);
      }
    }
  }

  /** Ends all TaskManagers and their processes by force, and waits until Flink has noticed. */
  void endTaskManagers() {
    taskManagers.forEach(taskManager -> taskManager.worker().close());
    taskManagers.clear();
    await("cluster without TaskManagers", () -> rest.taskManagers().isEmpty());
  }

  /** Stops it in order: the JobManager by REST, the TaskManagers with SIGTERM. */
  void stop() {
    rest.shutDown();
    List<Worker> living =
        taskManagers.stream().map(TaskManager::worker).filter(Worker::isAlive).toList();
    living.forEach(worker -> worker.launched().signal("TERM"));
    living.forEach(worker -> worker.waitFor(PATIENCE_SECONDS));
    jobManager.waitFor(PATIENCE_SECONDS);
  }

  /** Returns which of the tasks' processes are alive, of all TaskManagers there ever were. */
  List<Proc> left() {
    return taskManagers.stream()
        .flatMap(taskManager -> taskManager.processes().stream())
        .filter(Proc::isAlive)
        .toList();
  }

  @Override
  public void close() {
    taskManagers.forEach(taskManager -> taskManager.worker().close());
    jobManager.close();
  }

  private String logs() {
    StringBuilder logs = new StringBuilder(jobManager.stdout()).append(jobManager.stderr());
    for (TaskManager taskManager : taskManagers) {
      logs.append("\n").append(taskManager.id()).append("\n");
      logs.append(taskManager.worker().stdout()).append(taskManager.worker().stderr());
    }
    return logs.toString();
  }

  private Worker flink(Launch launch, List<String> jvm, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("-cp", classPath(), main.getName()));
    command.addAll(arguments);
    return launch.jvm(jvm.toArray(String[]::new)).start(jdk.java(), command);
  }

  private static String classPath() {
    try {
      return Files.readString(target().resolve("flink.classpath")).strip();
    } catch (IOException e) {
      throw new IllegalStateException("the build writes the class path of Flink's processes", e);
    }
  }

  private static Path jobJar() {
    return target().resolve("reaper-engine-flink-0.1.0-SNAPSHOT.jar");
  }

  private static Path target() {
    return Path.of(System.getProperty("reaper.it.flink"));
  }
}
