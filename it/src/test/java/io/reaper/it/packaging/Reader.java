package io.reaper.it.packaging;

import static io.reaper.it.support.Until.until;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.DocCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * Somebody who types what the docs say: has a directory with the jar and whatever files and workers
 * the command lines name, and real pids and places for those in the docs.
 */
final class Reader implements AutoCloseable {
  /** The worker of the docs; their lines 4 and 5 of it are in a block of commands.md. */
  private static final String SOURCE =
      """
      package com.acme;
      class Transcoder {
        public static void main(String[] none) throws Exception {
      LINES
          System.in.read();
        }
      }
      """;

  private static final Pattern LINES = Pattern.compile("(?s)```java\n(.*?)\n```");
  private static final String NAME = "com.acme.Transcoder";

  /** Of the build, as a JRE has no jcmd. */
  private final Jdk jdk = Jdk.at(Path.of(System.getProperty("java.home"))).orElseThrow();

  private final Launch launch = Launch.on(jdk);
  private final List<Worker> workers = new ArrayList<>();
  private final Map<String, String> hereFor = new LinkedHashMap<>();

  private void prepare() throws IOException {
    Path dir = launch.dir();
    Files.createSymbolicLink(dir.resolve("reaper-agent.jar"), Launch.agentJar());
    for (String module : List.of("agent", "demo-app")) {
      Files.createSymbolicLink(dir.resolve(module), DocCommand.root().resolve(module));
    }
    Files.writeString(dir.resolve("build.sh"), "#!/bin/sh\n").toFile().setExecutable(true);
    hereFor.put("/opt/reaper-agent.jar", Launch.agentJar().toString());
    hereFor.put("/var/lib/node_exporter/", dir + "/");
    hereFor.put("/var/log/reaper/", dir + "/");
    String user = System.getProperty("user.name");
    hereFor.put("/run/user/1000/", dir + "/runtime/");
    hereFor.put("/reaper-agent_app", "/reaper-agent_" + user);
    hereFor.put(", app, ", ", " + user + ", ");
    compile(dir);
    String pid = startedFrom(Launch.on(jdk).agent("subreaper=true"));
    hereFor.put("3693", pid);
    hereFor.put(" PID ", " " + pid + " ");
    hereFor.put("4004", startedFrom(Launch.on(jdk)));
    startedFrom(
        Launch.on(jdk)
            .jvm("-XX:StartFlightRecording=filename=" + dir.resolve("rec.jfr"))
            .agent("subreaper=true,kill-log=" + dir.resolve("kills.json")));
    Worker dead = workers.get(workers.size() - 1);
    dead.sayNothing();
    dead.waitFor(60);
  }

  private static void compile(Path dir) throws IOException {
    String page = Files.readString(DocCommand.root().resolve("agent/docs/commands.md"));
    Matcher lines = LINES.matcher(page);
    if (!lines.find()) {
      throw new IllegalStateException("commands.md has no lines of a worker");
    }
    Path file = dir.resolve("Transcoder.java");
    Files.writeString(file, SOURCE.replace("LINES", lines.group(1)));
    String[] arguments = {"--release", "11", "-d", dir.toString(), file.toString()};
    if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments) != 0) {
      throw new IllegalStateException("the worker of commands.md does not compile");
    }
  }

  /** Starts a worker of the docs, and returns its pid when its three programs are there. */
  private String startedFrom(Launch of) {
    List<String> arguments = List.of("-cp", launch.dir().toString(), "com.acme.Transcoder");
    Worker worker = of.start(jdk.java(), arguments);
    workers.add(worker);
    String here = of.dir().toString();
    until(worker, () -> Proc.all().filter(each -> sleeps(each, here)).count() == 3);
    return Long.toString(worker.launched().pid());
  }

  private static boolean sleeps(Proc proc, String directory) {
    return proc.commandLine().startsWith("sleep") && proc.workingDirectory().equals(directory);
  }

  /** Starts shells, one for each block of code, that run the commands and say how each ended. */
  Worker types(List<DocCommand> commands) throws IOException {
    prepare();
    Map<String, StringBuilder> shells = new LinkedHashMap<>();
    for (DocCommand command : commands) {
      shells
          .computeIfAbsent(command.block(), block -> new StringBuilder("exec 2>&1\n"))
          .append(here(command.line()))
          .append("\nstatus=$?; echo; echo EXIT STATUS $status; (exit $status)\n");
    }
    StringBuilder all = new StringBuilder();
    for (Map.Entry<String, StringBuilder> shell : shells.entrySet()) {
      Files.writeString(launch.dir().resolve(shell.getKey()), shell.getValue());
      all.append("bash -O expand_aliases ").append(shell.getKey()).append('\n');
    }
    launch.environment("PATH", jdk.home().resolve("bin") + ":" + System.getenv("PATH"));
    return launch.start(Path.of("bash"), List.of("-c", all.toString()));
  }

  /** Returns a line of the docs with the pids and places of this machine. */
  String here(String line) {
    String here = line + " ";
    for (Map.Entry<String, String> each : hereFor.entrySet()) {
      here = here.replace(each.getKey(), each.getValue());
    }
    return here.strip();
  }

  @Override
  public void close() {
    workers.forEach(Worker::close);
  }
}
