package io.reaper.agent;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.util.Locale;
import java.util.jar.JarFile;

/**
 * Lets the JVM enter the agent: finds the isolated classes and hands over to them.
 *
 * <p>Like {@link Main}, it is compiled for Java 8: a JVM that is older than the rest of the agent
 * loads them, says so in one line, and goes on without the agent.
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

  /**
   * Starts the agent; the JVM calls this for {@code java -javaagent:reaper-agent.jar=arguments}.
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    enter("Entry", "premain", arguments, instrumentation);
  }

  /** Starts the agent in a JVM that runs already; the JVM calls this when the agent is attached. */
  public static void agentmain(String arguments, Instrumentation instrumentation) {
    enter("LateEntry", "agentmain", arguments, instrumentation);
  }

  private static void enter(
      String into, String how, String arguments, Instrumentation instrumentation) {
    try {
      if (how.equals("premain") && isTool()) {
        return;
      }
      AgentClassLoader.get()
          .loadClass("io.reaper.core.".concat(into))
          .getMethod(how, String.class, Instrumentation.class)
          .invoke(null, arguments, instrumentation);
    } catch (Throwable refused) {
      Throwable cause = refused;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      // Not a catch clause of its own: the verifier would load that class in every worker.
      boolean isOld = cause instanceof UnsupportedClassVersionError;
      refuse(how, arguments, isOld ? tooOld() : "could not start: " + cause);
    }
  }

  /**
   * Whether this JVM is javac, jcmd or the like, or a command of the agent's own. Under
   * JAVA_TOOL_OPTIONS they have the agent, too, and are no workers.
   */
  private static boolean isTool() throws IOException {
    String module = property("jdk.module.main");
    if (module != null) {
      return module.startsWith("jdk.") || module.startsWith("java.");
    }
    // java -jar makes the jar the class path, whose classes come before those of -javaagent: these
    // here are the command's own, even if -javaagent names a copy of its jar.
    String path = property("java.class.path");
    File jar = AgentClassLoader.file();
    return path != null
        && new File(path).length() == jar.length()
        && new File(path).getCanonicalFile().equals(jar.getCanonicalFile())
        && runsCommands(jar);
  }

  /** Whether that is the agent's jar, and not an application's with the agent in it. */
  private static boolean runsCommands(File file) throws IOException {
    try (JarFile jar = new JarFile(file)) {
      return "io.reaper.agent.Main"
          .equals(jar.getManifest().getMainAttributes().getValue("Main-Class"));
    }
  }

  /** Returns the message of a JVM that is older than the agent's classes. */
  static String tooOld() {
    return "needs Java 11 or later, and this is Java " + property("java.specification.version");
  }

  /**
   * Says why the agent does not run, and ends the JVM if strict. Reads the few options that count
   * here by itself, because the usual reader may be what is broken.
   */
  private static void refuse(String how, String arguments, String why) {
    boolean on = !isGiven(arguments, "enabled", "false");
    boolean strict = on && how.equals("premain") && isGiven(arguments, "strict", "true");
    if (strict || on && !isGiven(arguments, "log", "off")) {
      System.err.println(
          "reaper-agent: [error] "
              + why
              + (strict
                  ? "; the worker is not started (strict=true)"
                  : "; the worker goes on without it"));
    }
    if (strict) {
      System.exit(2);
    }
  }

  private static boolean isGiven(String arguments, String key, String value) {
    return (',' + String.valueOf(arguments) + ',').contains(',' + key + '=' + value + ',')
        || value.equals(property("reaper." + key))
        || value.equals(variable("REAPER_" + key.toUpperCase(Locale.ROOT)));
  }

  private static String property(String name) {
    try {
      return System.getProperty(name);
    } catch (RuntimeException denied) {
      return null;
    }
  }

  private static String variable(String name) {
    try {
      return System.getenv(name);
    } catch (RuntimeException denied) {
      return null;
    }
  }
}
