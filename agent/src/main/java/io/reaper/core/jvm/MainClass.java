package io.reaper.core.jvm;

/** Tells what this JVM runs. */
public final class MainClass {
  private MainClass() {}

  /**
   * Returns what the launcher was given, a class or the path of a jar (a property that every JDK
   * with a launcher sets); empty in a JVM that another program has made.
   */
  public static String name() {
    String command = System.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    return end < 0 ? command : command.substring(0, end);
  }
}
