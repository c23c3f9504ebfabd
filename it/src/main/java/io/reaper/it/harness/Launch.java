package io.reaper.it.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a worker JVM is to be started: with or without the agent, under what, with which options. */
public final class Launch {
  /** As bits of a signal mask (proc(5), SigIgn). */
  private static final long HUP_INT_AND_QUIT = 0b111;

  /** env(1) of the GNU coreutils from 8.31 on. */
  private static final List<String> RESTORING = List.of("env", "--default-signal=HUP,INT,QUIT");

  /**
   * In a quick build a JVM that lives for a second does not optimize its code for an hour; a full
   * one has each as it is by default.
   */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /** Where the agent keeps its files if a test names no other place. */
  private static final String RUNTIME = "runtime";

  private static final Path CLASSES = classes();

  /**
   * Two JVMs that have the same number in two PID namespaces share a file of jvmstat's in /tmp, and
   * the second one says so on its standard output.
   */
  private static final String WITHOUT_SHARED_FILE = "-XX:-UsePerfData";

  private final Jdk jdk;
  private final List<String> prefix = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> classPath = new ArrayList<>(List.of(CLASSES.toString()));
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final Path dir;

  private Launch(Jdk jdk) {
    this.jdk = jdk;
    try {
      dir = Files.createTempDirectory("reaper-it-");
      Worker.writeLeaf(dir);
      // What others leave in the directory that is shared by default is no matter of this worker's.
      environment.put("XDG_RUNTIME_DIR", Files.createDirectory(dir.resolve(RUNTIME)).toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Launch on(Jdk jdk) {
    return new Launch(jdk);
  }

  /** The agent as it was built; {@code -Dreaper.it.agent=off} shows what the tests say without. */
  public static Path agentJar() {
    String jar = System.getProperty("reaper.it.agent");
    return jar == null
        ? CLASSES.resolve("../../../agent/target/reaper-agent.jar").normalize()
        : Path.of(jar).toAbsolutePath().normalize();
  }

  public static boolean agentIsOff() {
    return "off".equals(System.getProperty("reaper.it.agent"));
  }

  /** Where the scenarios are. */
  public static Path classes() {
    try {
      return Path.of(Launch.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public Launch agent(String arguments) {
    return agentIsOff() ? this : javaAgent(agentJar(), arguments);
  }

  public Launch javaAgent(Path jar, String arguments) {
    return jvm("-javaagent:" + jar + (arguments.isEmpty() ? "" : "=" + arguments));
  }

  public Launch jvm(String... options) {
    this.options.addAll(List.of(options));
    return this;
  }

  /** A library of the worker's. */
  public Launch classPath(Path jar) {
    classPath.add(jar.toString());
    return this;
  }

  public Launch environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /**
   * A command that starts the worker. One that is stopped, or has a child that is, needs {@code
   * setsid}: the kernel sends SIGHUP to a process group with a stopped member once it is orphaned
   * (setpgid(2)), which that of the tests may become by the death of another worker.
   */
  public Launch under(String... command) {
    prefix.addAll(List.of(command));
    return this;
  }

  /** The worker's own directory, which holds its report, its output and what a test puts there. */
  public Path dir() {
    return dir;
  }

  /** Starts main(report, arguments...). */
  public Worker start(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("-cp", String.join(":", classPath), main.getName()));
    command.add(dir.resolve(Worker.REPORT).toString());
    command.addAll(List.of(arguments));
    return start(jdk.java(), command);
  }

  /**
   * nohup(1), and a shell that starts a build in the background, ignore some for all below them.
   */
  private static boolean hasIgnoredSignals() {
    String ignored = Proc.self().status("SigIgn");
    return (Long.parseUnsignedLong(ignored, 16) & HUP_INT_AND_QUIT) != 0;
  }

  /** A process that has nothing to do with any worker; it reports itself under this name. */
  public static Worker bystander(String name) {
    Launch launch = new Launch(null);
    return launch.start(Path.of("sh"), List.of(Worker.leaf(launch.dir).toString(), name));
  }

  /** Starts a command of the agent's jar. */
  public Worker tool(String... arguments) {
    List<String> words = new ArrayList<>(List.of("-jar", agentJar().toString()));
    words.addAll(List.of(arguments));
    return start(jdk.java(), words);
  }

  /** Starts a tool of the JDK, or its java with other arguments. */
  public Worker start(Path program, List<String> arguments) {
    List<String> command = new ArrayList<>(hasIgnoredSignals() ? RESTORING : List.of());
    if (Proc.self().hasTerminal() && !prefix.contains("setsid")) {
      // A worker is in no job of whoever runs the tests: they say themselves where it is in one.
      command.add("setsid");
    }
    command.addAll(prefix);
    command.add(program.toString());
    if (!Jdk.FULL && jdk != null && program.equals(jdk.java())) {
      command.addAll(SHORT_LIVED);
    }
    if (prefix.contains("--pid") && jdk != null && program.equals(jdk.java())) {
      command.add(WITHOUT_SHARED_FILE);
    }
    command.addAll(options);
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            // Files, not pipes: what outlives the worker would hold a pipe open.
            .redirectOutput(file(Worker.STDOUT))
            .redirectError(file(Worker.STDERR));
    // What this JVM was started with is not the worker's.
    List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")
        .forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    try {
      return new Worker(builder.start(), dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private File file(String name) {
    return dir.resolve(name).toFile();
  }
}
