package io.reaper.agent;

import java.lang.instrument.Instrumentation;

/**
 * Where the JVM enters the agent. It finds the isolated classes and hands over.
 *
 * <p>Four things must never happen here or in anything called from here before {@code main}:
 *
 * <ul>
 *   <li>an exception that leaves: the JVM ends with SIGABRT and a native stack;
 *   <li>a touch of {@code java.util.logging} or of the platform MBeanServer: it fixes the
 *       LogManager or the MBeanServerBuilder before an application server can name its own;
 *   <li>a write to stdout: it belongs to the application;
 *   <li>a lambda, a regular expression, a method handle: each costs milliseconds at its first use.
 * </ul>
 */
public final class ReaperAgent {
  private ReaperAgent() {}

  /** Called by {@code java -javaagent:reaper-agent.jar=arguments}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    enter("Entry", "premain", arguments, instrumentation);
  }

  /** Called when the agent is attached to a JVM that runs already. */
  public static void agentmain(String arguments, Instrumentation instrumentation) {
    enter("LateEntry", "agentmain", arguments, instrumentation);
  }

  private static void enter(
      String into, String how, String arguments, Instrumentation instrumentation) {
    try {
      AgentClassLoader.get()
          .loadClass("io.reaper.core.".concat(into))
          .getMethod(how, String.class, Instrumentation.class)
          .invoke(null, arguments, instrumentation);
    } catch (Throwable refused) {
      Throwable cause = refused;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      // Read here, as whatever reads options otherwise may be what is broken.
      boolean strict =
          how.equals("premain") && arguments != null && arguments.contains("strict=true");
      System.err.println(
          "reaper-agent: [error] could not start, the worker "
              + (strict ? "is not started (strict=true): " : "goes on without it: ")
              + cause);
      if (strict) {
        System.exit(2);
      }
    }
  }
}
