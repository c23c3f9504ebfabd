package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM under measurement, which is told line by line what to do; closing it lets it end. */
final class Subject implements AutoCloseable {

  /** Every mode at once. */
  static final String EVERY_MODE = "process-group=true,subreaper=true,cgroup=true";

  private final Process process;
  private final PrintWriter in;
  private final BufferedReader out;

  private Subject(Process process) {
    this.process = process;
    this.in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    this.out = process.inputReader();
  }

  /** A {@link Spawner} with the agent, or without it when the arguments are null. */
  static Subject start(Jdk jdk, String agentArguments, Cgroup cgroup, String... jvm)
      throws IOException {
    List<String> options = new ArrayList<>(List.of(jvm));
    if (agentArguments != null) {
      options.add(javaAgent(agentArguments));
    }
    List<String> command = java(jdk, options, Launch.classes(), Spawner.class);
    return new Subject(builder(cgroup == null ? command : cgroup.within(command)).start());
  }

  static String javaAgent(String arguments) {
    String agent = "-javaagent:" + Launch.agentJar();
    return arguments.isEmpty() ? agent : agent + "=" + arguments;
  }

  static List<String> java(
      Jdk jdk, List<String> options, Path classes, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(List.of(jdk.java().toString()));
    command.addAll(options);
    command.addAll(List.of("-cp", classes.toString(), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    // What this JVM was started with is not for the one under measurement.
    List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")
        .forEach(builder.environment()::remove);
    return builder;
  }

  /** Tells it something; gives the words of its answer. */
  String[] ask(String line) throws IOException {
    in.println(line);
    String answer = out.readLine();
    if (answer == null) {
      throw new IOException("the worker ended when asked for: " + line);
    }
    return answer.split(" ");
  }

  long pid() {
    return process.pid();
  }

  void sigkill() {
    process.destroyForcibly();
  }

  /** Lets main return, without waiting for it. */
  void end() {
    in.close();
  }

  @Override
  public void close() {
    end();
    process.onExit().join();
  }
}
