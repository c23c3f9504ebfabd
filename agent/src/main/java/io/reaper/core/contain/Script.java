package io.reaper.core.contain;

import java.util.Map;

/**
 * Finds the script that an interpreter runs: {@code sh start.sh}, {@code python3 -u app.py}, and
 * whatever a line with {@code #!} at the top of a script has made of the command (execve(2)).
 */
final class Script {
  /** The kernel cuts a process's name there (proc(5), /proc/PID/comm). */
  private static final int COMM = 15;

  /** The kernel puts the interpreter, at most one argument of its line, and the script in front. */
  private static final int LAST_SHEBANG_WORD = 2;

  private static final String[] SHELL = {"c", "oO"};

  /**
   * The options of each interpreter: those that take code in place of a script, and those with a
   * value.
   */
  private static final Map<String, String[]> INTERPRETERS =
      Map.ofEntries(
          Map.entry("sh", SHELL),
          Map.entry("ash", SHELL),
          Map.entry("bash", SHELL),
          Map.entry("dash", SHELL),
          Map.entry("ksh", SHELL),
          Map.entry("mksh", SHELL),
          Map.entry("zsh", SHELL),
          Map.entry("python", new String[] {"c", "WX"}),
          Map.entry("pypy", new String[] {"c", "WX"}),
          Map.entry("perl", new String[] {"eE", "I"}),
          Map.entry("ruby", new String[] {"e", "rIC"}),
          Map.entry("node", new String[] {"ep", "r"}),
          Map.entry("php", new String[] {"rB", "cdz"}),
          Map.entry("lua", new String[] {"e", "l"}),
          Map.entry("tclsh", new String[] {"", ""}),
          Map.entry("Rscript", new String[] {"e", ""}));

  private Script() {}

  /**
   * Returns the word of that command that is a script, or null if there is none.
   *
   * @param executable the base name of the program that runs, or null
   * @param name what the process is called
   */
  static String of(String[] command, String executable, String name) {
    for (int at = 1; at < command.length && at <= LAST_SHEBANG_WORD; at++) {
      // The name is the script's, though the interpreter runs: nothing else makes it so.
      if (cut(baseName(command[at])).equals(name) && !cut(baseName(command[0])).equals(name)) {
        return command[at];
      }
    }
    String[] options = command.length == 0 ? null : INTERPRETERS.get(bare(baseName(command[0])));
    if (options == null && executable != null) {
      options = INTERPRETERS.get(bare(executable));
    }
    return options == null ? null : firstWord(command, options[0], options[1]);
  }

  private static String firstWord(String[] command, String code, String withValue) {
    int at = 1;
    while (at < command.length && isOption(command[at])) {
      String option = command[at++];
      if (option.equals("--")) {
        break;
      }
      boolean isShort = option.length() > 1 && option.charAt(1) != '-';
      if (isShort && holdsAny(option, code)) {
        return null;
      }
      if (isShort && withValue.indexOf(option.charAt(option.length() - 1)) >= 0) {
        at++;
      }
    }
    return at < command.length ? command[at] : null;
  }

  private static boolean isOption(String word) {
    return word.startsWith("-") || word.startsWith("+");
  }

  private static boolean holdsAny(String option, String letters) {
    for (int i = 0; i < letters.length(); i++) {
      if (option.indexOf(letters.charAt(i), 1) >= 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the last part of a path; of a login shell, without the hyphen (sh(1), argument zero).
   */
  static String baseName(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.startsWith("-") ? name.substring(1) : name;
  }

  private static String cut(String name) {
    return name.length() <= COMM ? name : name.substring(0, COMM);
  }

  /** Returns a program's name without its version: python3.11 is python. */
  private static String bare(String name) {
    int end = name.length();
    while (end > 0 && "0123456789.-".indexOf(name.charAt(end - 1)) >= 0) {
      end--;
    }
    return name.substring(0, end);
  }
}
