package io.reaper.core.sentinel;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.Mode;
import io.reaper.core.ledger.Ledger;
import io.reaper.core.options.Options;
import io.reaper.core.proc.OwnProc;
import java.io.File;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The commands that the sentinel is made of, and the words in which it is told what to do. */
public final class SentinelCommand {
  /** What a starter is told that is to become the sentinel itself. */
  static final String STAY = "stay";

  /** What dismisses a sentinel at once. */
  static final String DONE = "done";

  /** The worker has ended in order. */
  static final String ENDED = "end";

  /** The worker has crashed, if it is dead. */
  static final String CRASHED = "crash";

  /** Processes may be alive that one who looks at every process has sent the polite signal. */
  static final String ASKED = "asked";

  /** The same of those that a sentinel knows, which enters it itself. */
  private static final String BEGUN = "begun";

  /** Stands for a missing ledger, file or cgroup. */
  static final String NONE = "-";

  /**
   * The variables that a sentinel is given, as far as the worker has them. Any other may be a
   * setting of some shell (bash(1): TMOUT, GLOBIGNORE, functions), be a name that the script uses,
   * or give the worker's options, the agent among them, to the sentinel's JVM.
   */
  private static final List<String> NEEDED = List.of("PATH", "HOME", "TMPDIR", "LANG", "TZ");

  /** Beginnings of more such names: locale, loader (ld.so(8)), directories, qemu-user, nix-ld. */
  private static final List<String> NEEDED_FAMILIES =
      List.of("LC_", "LD_", "XDG_", "QEMU_", "NIX_LD");

  private static final String SCRIPTS = "io/reaper/core/sentinel/";

  /** What makes a JVM start fast that lives for a moment. */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx64m");

  /** The first JDK that warns of native calls (JEP 454, JEP 472); JDK 11 refuses the option. */
  private static final int WARNS_OF_NATIVE_CALLS = 22;

  private SentinelCommand() {}

  /**
   * Returns the line of the ledger by which the sentinel knows what to do.
   *
   * @param reached how far the worker's end has come: {@value #CRASHED}, {@value #ASKED}, or
   *     {@value #ENDED} if only the last stroke and a last look are left
   */
  static String orders(List<Mode> modes, Options options, String reached) {
    StringBuilder words = new StringBuilder();
    for (Mode mode : modes) {
      words.append(words.length() == 0 ? "" : ",").append(mode.key());
    }
    words.append(words.length() == 0 ? Ledger.NO_MODES : "").append(' ');
    words.append(options.signal().name()).append(' ');
    words.append(reached.equals(ENDED) ? 0 : options.graceMillis()).append(' ');
    words.append(options.log().label()).append(' ');
    words.append(options.keep().isEmpty() ? NONE : "keep").append(' ');
    words.append(options.keepMarked() ? "wishes" : NONE).append(' ');
    return words.append(reached).toString();
  }

  /** Returns the keys of the modes that these orders name: those that the worker is in. */
  public static List<String> modes(String orders) {
    return List.of(orders.split(" ", 2)[0].split(","));
  }

  /** Returns whether these orders are to do nothing. */
  static boolean isDisarmed(String orders) {
    return orders.startsWith(Ledger.NO_MODES.concat(" "));
  }

  /** Returns whether these orders are for what is left to do after an orderly end. */
  static boolean hasEnded(String orders) {
    return orders.endsWith(" ".concat(ENDED));
  }

  /** Returns whether all processes have been sent the polite signal already. */
  static boolean hasAsked(String orders) {
    return orders.endsWith(" ".concat(ASKED)) || orders.endsWith(" ".concat(BEGUN));
  }

  /** Returns these orders, as long as they were, for whoever goes on once all have been asked. */
  static String asked(String orders) {
    return hasEnded(orders)
        ? orders
        : orders.substring(0, orders.lastIndexOf(' ') + 1).concat(ASKED);
  }

  private static String path() {
    return new OwnProc().environment("PATH").getOrDefault("PATH", "");
  }

  /** Returns the first executable of that name in directories with ':' between them, or null. */
  public static String find(String path, String name) {
    for (String directory : path.split(":")) {
      File file = new File(directory, name);
      if (!directory.isEmpty() && file.isFile() && file.canExecute()) {
        return file.getPath();
      }
    }
    return null;
  }

  /**
   * Returns the starter of a sentinel that is a sh, or null where there is no sh or no setsid. The
   * script travels in the environment, so that ps(1) shows the sentinel by its name.
   *
   * @param ledger the ledger, or {@value #NONE}
   * @param header what the ledger says at the start
   * @param procs the file by which a process enters the cgroup above the worker's, or {@value
   *     #NONE}
   */
  static ProcessBuilder shell(String ledger, String header, String procs) {
    String path = path();
    String sh = find(path, "sh");
    String setsid = find(path, "setsid");
    if (sh == null || setsid == null) {
      return null;
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                setsid, sh, "-c", "eval \"$reaper_sentinel\"", "reaper-sentinel", ledger, procs));
    command.addAll(java("sweep-ledger", ledger));
    ProcessBuilder builder = withNeeded(command);
    Map<String, String> environment = builder.environment();
    environment.put("reaper_sentinel", script("sentinel.sh"));
    environment.put("reaper_end", script("sentinel-end.sh"));
    if (logsKills(header)) {
      environment.put("reaper_kills", script("sentinel-kills.sh"));
      environment.put("reaper_jdk", Runtime.version().toString());
      environment.put("reaper_version", loader().version());
    }
    environment.put("reaper_header", header);
    environment.put("reaper_shell", new File(sh).getAbsolutePath());
    return builder;
  }

  /**
   * Returns the sentinel of a process group where there is no /proc, or null where there is no sh.
   *
   * @param worker the worker, which leads the group
   */
  static ProcessBuilder ofGroup(int worker) {
    String sh = find(path(), "sh");
    return sh == null
        ? null
        : withNeeded(
            List.of(sh, "-c", script("sentinel-group.sh"), "reaper-sentinel", "" + worker));
  }

  /** Whether a sentinel that is told that needs what writes a kill log. */
  static boolean logsKills(String header) {
    return header.contains("kill-log=");
  }

  /** Returns a script, which the build has relieved of its comments. */
  // Its letters are ASCII; to decode so many by a charset takes the interpreter a millisecond.
  @SuppressWarnings("deprecation")
  private static String script(String name) {
    return new String(loader().read(SCRIPTS.concat(name)), 0);
  }

  /** Returns the starter of a sentinel that is a JVM. */
  static ProcessBuilder jvm(String ledger, String procs) {
    return withNeeded(java("sentinel-start", ledger, procs));
  }

  /** Returns a builder of that command with what it needs of the worker's environment. */
  private static ProcessBuilder withNeeded(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    Iterator<String> names = builder.environment().keySet().iterator();
    while (names.hasNext()) {
      if (!isNeeded(names.next())) {
        names.remove();
      }
    }
    return builder;
  }

  private static boolean isNeeded(String name) {
    boolean needed = NEEDED.contains(name);
    for (String family : NEEDED_FAMILIES) {
      needed |= name.startsWith(family);
    }
    return needed;
  }

  /** Returns the command of a short-lived JVM with the agent's own classes. */
  static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(SHORT_LIVED);
    if (Runtime.version().feature() >= WARNS_OF_NATIVE_CALLS) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", loader().jar().getAbsolutePath(), "io.reaper.agent.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  private static AgentClassLoader loader() {
    return (AgentClassLoader) SentinelCommand.class.getClassLoader();
  }
}
