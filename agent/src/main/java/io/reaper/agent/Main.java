package io.reaper.agent;

/**
 * Runs {@code java -jar reaper-agent.jar}: hands over to the command line in the isolated classes.
 */
public final class Main {
  private Main() {}

  /** Runs the command that the arguments name; its exit status is the JVM's. */
  public static void main(String[] arguments) throws Throwable {
    // The method handles that reflection is made of since JDK 18 take 10 ms to spin (JEP 416).
    System.setProperty("jdk.reflect.useNativeAccessorOnly", "true");
    try {
      AgentClassLoader.get()
          .loadClass("io.reaper.core.Tool")
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments);
    } catch (UnsupportedClassVersionError older) {
      System.err.println("reaper-agent: [error] " + ReaperAgent.tooOld());
      System.exit(2);
    }
  }
}
