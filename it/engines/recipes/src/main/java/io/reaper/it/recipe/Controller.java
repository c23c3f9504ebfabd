package io.reaper.it.recipe;

import hudson.remoting.Channel;
import hudson.remoting.Launcher;
import io.reaper.it.harness.Worker;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Starts a build agent, has it do a step over its stdio, and disconnects at the end of input. */
final class Controller {

  /** What it prints before the exit status of the build agent. */
  static final String ENDED = "ended with ";

  private Controller() {}

  /** Arguments: the report, and the options of the build agent's JVM. */
  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments).subList(1, arguments.length));
    command.addAll(List.of("-jar", remoting()));
    Process agent =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    ExecutorService threads = Executors.newCachedThreadPool();
    Channel channel =
        new Channel(
            "build agent",
            threads,
            Channel.Mode.BINARY,
            agent.getInputStream(),
            agent.getOutputStream());
    BuildStep step = new BuildStep(report.getParent().toString(), Leaks.SCRIPT);
    Worker.report(report, "AGENT", channel.call(step));
    while (System.in.read() >= 0) {}
    if (agent.isAlive()) {
      channel.close();
    }
    System.out.println(ENDED + agent.waitFor());
    System.exit(0);
  }

  /** The jar that a controller offers for download as agent.jar. */
  private static String remoting() throws Exception {
    return new File(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI())
        .toString();
  }
}
