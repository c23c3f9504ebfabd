package io.reaper.core.look;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Describes a JVM that was started with the agent, as its command line and its environment show it.
 */
final class StartedJvm {
  private static final String AGENT = "-javaagent:";
  private static final String NAME = "reaper-agent";

  /** The options of the launcher and of the JVM whose value is a word of its own (java(1)). */
  private static final List<String> WITH_A_VALUE =
      List.of(
          "-cp",
          "-classpath",
          "--class-path",
          "-p",
          "--module-path",
          "--upgrade-module-path",
          "--add-modules",
          "--add-opens",
          "--add-exports",
          "--add-reads",
          "--limit-modules",
          "--patch-module",
          "--enable-native-access");

  private final ProcessInfo process;
  private final Options options;
  private final String mainClass;

  private StartedJvm(ProcessInfo process, Options options, String mainClass) {
    this.process = process;
    this.options = options;
    this.mainClass = mainClass;
  }

  /** Returns the JVM, or null if it is without the agent, or with one that is switched off. */
  static StartedJvm of(ProcessInfo process, String[] words, Map<String, String> environment) {
    // In the order in which the JVM reads them (JVM TI, "JAVA_TOOL_OPTIONS").
    List<String> given = new ArrayList<>();
    given.addAll(split(environment.get("JAVA_TOOL_OPTIONS")));
    given.addAll(split(environment.get("JDK_JAVA_OPTIONS")));
    int main = mainAt(words);
    given.addAll(List.of(words).subList(1, main));
    given.addAll(split(environment.get("_JAVA_OPTIONS")));
    List<String> arguments = new ArrayList<>();
    Properties properties = new Properties();
    for (String word : given) {
      if (word.startsWith(AGENT)) {
        addArguments(arguments, word.substring(AGENT.length()));
      } else if (word.startsWith("-D" + Option.PROPERTY)) {
        int equals = word.indexOf('=');
        properties.setProperty(
            word.substring(2, equals < 0 ? word.length() : equals),
            equals < 0 ? "" : word.substring(equals + 1));
      }
    }
    String enabled = environment.getOrDefault(Option.ENABLED.variable(), "").strip();
    if (process == null
        || arguments.isEmpty()
        || enabled.equals("false")
        || isCommand(words, main)) {
      return null;
    }
    Options options = options(arguments, properties, environment);
    return options != null && !options.enabled()
        ? null
        : new StartedJvm(process, options, main < words.length ? words[main] : "?");
  }

  private static List<String> split(String options) {
    return options == null ? List.of() : List.of(options.trim().split("\\s+"));
  }

  /** Whether the JVM runs a command of the agent's jar, such as {@code run}, and is no worker. */
  private static boolean isCommand(String[] words, int main) {
    if (main == words.length || !words[main - 1].equals("-jar")) {
      return false;
    }
    String name = new File(words[main]).getName();
    // With a version behind it, or without.
    return name.equals(ownJar()) || name.matches(NAME + "(-\\d.*)?\\.jar");
  }

  private static boolean isAgent(String jar) {
    String name = new File(jar).getName();
    return name.contains(NAME) || name.equals(ownJar());
  }

  /** Enters the arguments of a -javaagent if its jar is this one, by whatever name it has. */
  private static void addArguments(List<String> arguments, String agent) {
    int equals = agent.indexOf('=');
    if (isAgent(equals < 0 ? agent : agent.substring(0, equals))) {
      arguments.add(equals < 0 ? "" : agent.substring(equals + 1));
    }
  }

  private static String ownJar() {
    ClassLoader loader = StartedJvm.class.getClassLoader();
    return loader instanceof AgentClassLoader ? ((AgentClassLoader) loader).jar().getName() : NAME;
  }

  /**
   * Returns the options, or null where they are not known: a file of options is named by a path
   * that means what it means in that process alone.
   */
  private static Options options(
      List<String> arguments, Properties properties, Map<String, String> environment) {
    if (properties.containsKey("reaper.config")
        || environment.containsKey(Option.CONFIG.variable())
        || ("," + String.join(",", arguments)).contains(",config=")) {
      return null;
    }
    try {
      return Options.parse(String.join(",", arguments), properties, environment);
    } catch (OptionException wrong) {
      // The wrong option has stopped that JVM, or is about to.
      return null;
    }
  }

  /**
   * Returns the position of the main class, or of the jar, or behind the last word if there is
   * none.
   */
  private static int mainAt(String[] words) {
    for (int i = 1; i < words.length; i++) {
      if (words[i].equals("-jar") || words[i].equals("-m") || words[i].equals("--module")) {
        return Math.min(i + 1, words.length);
      }
      if (WITH_A_VALUE.contains(words[i])) {
        i++;
      } else if (!words[i].startsWith("-") && !words[i].startsWith("@")) {
        return i;
      }
    }
    return words.length;
  }

  /** Whether the JVM was told to keep its ledger there. */
  boolean keepsLedgerIn(File place) {
    return options != null
        && options.dir() != null
        && options.dir().toFile().getAbsoluteFile().equals(place.getAbsoluteFile());
  }

  ProcessInfo process() {
    return process;
  }

  /** Returns the options that the JVM was given, or null if they are not known. */
  Options options() {
    return options;
  }

  /** Returns why the JVM has no ledger, in words. */
  String whyNoLedger() {
    if (process.pid() == ProcessId.INIT) {
      return "PID 1 needs none";
    }
    return options != null && !options.sentinel()
        ? "sentinel=false"
        : "no process yet, or switched off since";
  }

  String mainClass() {
    return mainClass;
  }
}
