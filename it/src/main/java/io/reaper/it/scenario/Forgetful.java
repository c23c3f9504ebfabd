package io.reaper.it.scenario;

/** A worker that has taken away one of the JDK's properties, and starts a process. */
public final class Forgetful {
  private Forgetful() {}

  public static void main(String[] args) throws Exception {
    System.clearProperty(args[1]);
    System.exit(new ProcessBuilder("true").start().waitFor());
  }
}
