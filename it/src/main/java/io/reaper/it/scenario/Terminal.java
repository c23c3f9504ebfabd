package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A worker that talks to the terminal until the line "quit", or until it is interrupted. */
public final class Terminal {

  private Terminal() {}

  public static void main(String[] args) throws Exception {
    String leaf = Worker.leaf(Path.of(args[0]).getParent()).toString();
    new ProcessBuilder("sh", leaf, "CHILD").start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("worker: hook ran")));
    Worker.report(Path.of(args[0]), Worker.SELF, ProcessHandle.current().pid());
    System.out.println("worker: ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = in.readLine();
    while (line != null && !line.equals("quit")) {
      System.out.println("worker: read " + line);
      line = in.readLine();
    }
  }
}
