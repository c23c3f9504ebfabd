package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A worker that starts a child in each way that Java has, and reports it. */
public final class EverySpawn {

  /** What each is reported as. */
  public static final String CHILD = "CHILD";

  private EverySpawn() {}

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    Stream.concat(single().stream(), pipeline().stream())
        .forEach(child -> Worker.report(report, CHILD, child.pid()));
  }

  private static List<Process> single() throws IOException {
    Runtime runtime = Runtime.getRuntime();
    String[] command = {"sleep", "1000"};
    String[] environment = {"A=B"};
    File dir = new File(".");
    return List.of(
        runtime.exec("sleep 1000"),
        runtime.exec("sleep 1000", environment),
        runtime.exec("sleep 1000", environment, dir),
        runtime.exec(command),
        runtime.exec(command, environment),
        runtime.exec(command, environment, dir),
        new ProcessBuilder(command).start());
  }

  private static List<Process> pipeline() throws IOException {
    ProcessBuilder member = new ProcessBuilder("sleep", "1000");
    return ProcessBuilder.startPipeline(
        List.of(
            member, new ProcessBuilder(member.command()), new ProcessBuilder(member.command())));
  }
}
