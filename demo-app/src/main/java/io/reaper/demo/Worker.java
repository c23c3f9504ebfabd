package io.reaper.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Locale;

/**
 * Starts processes of every kind, prints the name and pid of each, and ends as its argument says:
 * return, exit, throw, sigterm, sigkill, segv, halt or oom.
 */
public final class Worker {

  private Worker() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Ending ending =
        Ending.valueOf((args.length == 0 ? "return" : args[0]).toUpperCase(Locale.ROOT));
    // Every script prints a line for each process to watch. They end by themselves in ten minutes.
    start("sh", "-c", "echo child $$; exec sleep 600");
    start("sh", "-c", "sleep 600 & echo grandchild $!; wait");
    start("setsid", "sh", "-c", "echo setsid $$; exec sleep 600");
    start("sh", "-c", "setsid sh -c 'sleep 600 & echo daemon $!'; exit 0");
    start("sh", "-c", "trap '' TERM; echo deaf $$; exec sleep 600");
    // Works for a while.
    Thread.sleep(500);
    ending.end();
  }

  private static void start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    // Never closed: what is left of the child still has the other end.
    BufferedReader output = process.inputReader();
    System.out.println(output.readLine());
  }
}
