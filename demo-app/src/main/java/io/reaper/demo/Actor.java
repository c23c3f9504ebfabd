package io.reaper.demo;

import java.io.IOException;

/**
 * The example of Ray's documentation: an actor that starts {@code sleep 10000} and kills itself.
 */
public final class Actor {

  private Actor() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Process sleep = new ProcessBuilder("sleep", "10000").start();
    System.out.println("sleep " + sleep.pid());
    Ending.SIGKILL.end();
  }
}
