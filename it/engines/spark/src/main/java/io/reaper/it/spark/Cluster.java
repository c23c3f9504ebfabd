package io.reaper.it.spark;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * Spark's Master and Worker as processes on loopback, with an installation of their own; closing it
 * ends what was started from that installation.
 */
public final class Cluster implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";
  private static final Pattern URL = Pattern.compile("Starting Spark master at (spark://\\S+)");

  private final Jdk jdk;
  private final Path home;
  private final List<Worker> processes = new ArrayList<>();
  private final Worker master;
  private final Worker worker;
  private final String url;

  /** Starts both, with these lines in {@code conf/spark-defaults.conf}. */
  public Cluster(Jdk jdk, List<String> defaults) {
    this.jdk = jdk;
    Launch launch = Launch.on(jdk).jvm("-Dspark.master.rest.enabled=false");
    home = launch.dir();
    install(defaults);
    // Whoever interrupts a measurement is not to leave a cluster behind.
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    master = start(launch, "org.apache.spark.deploy.master.Master", onAnyPort());
    try {
      Patience.await(master, "a Master", () -> URL.matcher(master.stderr()).find());
      Matcher said = URL.matcher(master.stderr());
      url = said.find() ? said.group(1) : "";
      List<String> arguments = onAnyPort();
      arguments.addAll(List.of("--cores", "2", "--memory", "4g"));
      arguments.addAll(List.of("--work-dir", home.resolve("work").toString(), url));
      // Ledgers of their own: no other's next start is to finish what a sentinel here left.
      Launch node = Launch.on(jdk).environment("REAPER_DIR", ledgers().toString());
      worker = start(node, "org.apache.spark.deploy.worker.Worker", arguments);
      Patience.await(
          worker, "a Worker", () -> worker.stderr().contains("Successfully registered with"));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Runs the main class of the job's jar as a driver, with its own directory as first argument. */
  public Worker submit(Class<?> main, List<String> settings, String... arguments) {
    Launch launch = Launch.on(jdk);
    List<String> command = new ArrayList<>(List.of("--master", url, "--class", main.getName()));
    List<String> all = new ArrayList<>(settings);
    all.addAll(
        List.of("spark.ui.enabled=false", "spark.executor.cores=1", "spark.executor.memory=512m"));
    all.forEach(setting -> command.addAll(List.of("--conf", setting)));
    command.add(property("reaper.it.spark.job").toString());
    command.add(launch.dir().toString());
    command.addAll(List.of(arguments));
    return start(launch, "org.apache.spark.deploy.SparkSubmit", command);
  }

  /** Starts a Python driver, with its own directory and that master's address as arguments. */
  public Worker drive(Path python, Path script, String master) {
    Launch launch = Launch.on(jdk).environment("PYSPARK_PYTHON", python.toString());
    environment(launch);
    String directory = launch.dir().toString();
    Worker process = launch.start(python, List.of(script.toString(), directory, master));
    processes.add(process);
    return process;
  }

  /** The Master's address. */
  public String url() {
    return url;
  }

  /** Spark's Worker, whose children the executors are. */
  public Proc worker() {
    return worker.launched();
  }

  /** Where the executors' agents keep their ledgers. */
  public Path ledgers() {
    return home.resolve("ledgers");
  }

  @Override
  public synchronized void close() {
    // The Master first: its directory is the installation, which every process names that could
    // still
    // start a process.
    processes.forEach(Worker::close);
    processes.clear();
  }

  // As a distribution is laid out: the launcher looks for its class path in there.
  private void install(List<String> defaults) {
    try {
      Files.createSymbolicLink(home.resolve("jars"), property("reaper.it.spark.jars"));
      Files.createDirectory(home.resolve("conf"));
      Files.write(home.resolve("conf/spark-defaults.conf"), defaults);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path property(String name) {
    return Path.of(System.getProperty(name)).toAbsolutePath();
  }

  private static List<String> onAnyPort() {
    return new ArrayList<>(List.of("--host", LOOPBACK, "--port", "0", "--webui-port", "0"));
  }

  // What bin/spark-class does, and bin/load-spark-env.sh.
  private Worker start(Launch launch, String main, List<String> arguments) {
    environment(launch)
        .environment("SPARK_HOME", home.toString())
        .environment("SPARK_SCALA_VERSION", "2.13")
        .jvm("-Xmx512m", "-cp", home.resolve("conf") + ":" + home.resolve("jars/*"))
        .jvm(JavaModuleOptions.defaultModuleOptionArray());
    List<String> command = new ArrayList<>(List.of(main));
    command.addAll(arguments);
    Worker process = launch.start(jdk.java(), command);
    processes.add(process);
    return process;
  }

  private Launch environment(Launch launch) {
    return launch
        .environment("JAVA_HOME", jdk.home().toString())
        .environment("SPARK_CONF_DIR", home.resolve("conf").toString())
        .environment("SPARK_LOCAL_IP", LOOPBACK);
  }
}
