package io.reaper.core.options;

import java.util.List;

/**
 * Lists the options: key, default, what is accepted, one line of help. The parser and {@code help}
 * read them here, and a test compares the table in {@code docs/options.md} with them.
 */
public enum Option {
  CHILDREN("children", "true", Kind.BOOLEAN, "when the worker ends, kill its direct children"),
  PROCESS_GROUP(
      "process-group",
      "false",
      Kind.BOOLEAN,
      "put the worker in a process group of its own (on a terminal it stays in its job's, with"
          + " bystanders); when it ends, kill every member"),
  SUBREAPER(
      "subreaper",
      "false",
      Kind.BOOLEAN,
      "adopt the orphans among the worker's descendants; when it ends, kill all descendants"),
  CGROUP(
      "cgroup",
      "false",
      Kind.BOOLEAN,
      "put the worker in a cgroup v2 leaf of its own; when it ends, kill every process in it"),
  SENTINEL(
      "sentinel",
      "true",
      Kind.BOOLEAN,
      "make the modes hold also when the worker is killed, crashes, halts or runs out of memory"),
  SIGCHLD(
      "sigchld",
      "default",
      Kind.SIGCHLD,
      "with subreaper: leave SIGCHLD at its default, or ignore it while no child is waited for"),
  SIGNAL("signal", "TERM", Kind.SIGNAL, "the polite signal, followed by CONT"),
  GRACE("grace", "2s", Kind.DURATION, "how long to wait before SIGKILL; 0: SIGKILL at once"),
  KEEP(
      "keep",
      "",
      Kind.NAMES,
      "names or absolute paths of programs and scripts, ':' between them, that may outlive the worker"),
  KEEP_MARKED(
      "keep-marked",
      "true",
      Kind.BOOLEAN,
      "so may what was given REAPER_KEEP=true; false if the worker has that itself"),
  LEAKS(
      "leaks",
      "allow",
      Kind.LEAKS,
      "fail: the worker's exit status is 70 if an orderly end had to kill a process"),
  REPORT(
      "report",
      "",
      Kind.FILE,
      "at an orderly end, write an HTML page of all processes and how they ended"),
  LAUNCHERS(
      "launchers",
      "",
      Kind.CLASSES,
      "classes or packages, ':' between them, that start processes for the application's code"),
  LOG("log", "warn", Kind.LEVEL, "how much to say"),
  LOG_FILE("log-file", "", Kind.FILE, "where to say it, instead of stderr"),
  KILL_LOG(
      "kill-log",
      "",
      Kind.FILE,
      "a file to append a line of JSON to for each process that is killed, in a crash too, or left"),
  STRICT("strict", "false", Kind.BOOLEAN, "refuse to start the worker if a mode is not available"),
  CONFIG("config", "", Kind.FILE, "a properties file with any of these keys"),
  DIR("dir", "", Kind.FILE, "where the ledgers live: a directory of this user's, mode 0700"),
  ENABLED(
      "enabled",
      "true",
      Kind.BOOLEAN,
      "false: the agent does nothing; REAPER_ENABLED=false counts before anything else is read"),
  HELP("help", "false", Kind.BOOLEAN, "print the options and exit");

  /** Says which values an option takes. */
  enum Kind {
    BOOLEAN("true or false"),
    DURATION("a number with ms, s or m, such as 500ms or 2s, at most 10m"),
    SIGNAL("the name or number of a signal, such as TERM, INT, HUP, QUIT, USR1 or 15"),
    SIGCHLD("ignore or default"),
    LEAKS("allow or fail"),
    NAMES(
        "names or absolute paths with ':' between them, such as nginx:/opt/start.sh, and no comma"),
    CLASSES("full names of classes or packages with ':' between them, such as com.acme.exec"),
    LEVEL("off, error, warn, info or debug"),
    FILE("a path without a comma, also in the directories above it");

    final String accepted;

    Kind(String accepted) {
      this.accepted = accepted;
    }
  }

  /** The beginning of each system property's name. */
  public static final String PROPERTY = "reaper.";

  /** The beginning of each name in the environment. */
  public static final String VARIABLE = "REAPER_";

  /** The options that say which processes die with the worker. */
  static final List<Option> MODES = List.of(CHILDREN, PROCESS_GROUP, SUBREAPER, CGROUP);

  /** The value of REAPER_KEEP in the environment that marks a process, and is no option. */
  static final String KEEP_MARK = "true";

  private final String key;
  private final String fallback;
  final Kind kind;
  private final String help;

  Option(String key, String fallback, Kind kind, String help) {
    this.key = key;
    this.fallback = fallback;
    this.kind = kind;
    this.help = help;
  }

  /** Returns the key as it stands in the agent arguments. */
  public String key() {
    return key;
  }

  /** Returns the value that holds when none is given. */
  public String fallback() {
    return fallback;
  }

  /** Returns one line of help. */
  public String help() {
    return help;
  }

  /** Returns what values are accepted, in words. */
  public String accepted() {
    return kind.accepted;
  }

  /** Returns the name of the system property: {@code reaper.} and the key. */
  String property() {
    return PROPERTY.concat(key);
  }

  /**
   * Returns the name in the environment: {@code REAPER_} and the key in capitals, {@code _} for
   * {@code -}.
   */
  public String variable() {
    return VARIABLE.concat(name());
  }

  /** Returns the option whose variable is {@link #VARIABLE} followed by that, or null. */
  static Option ofVariable(String rest) {
    for (Option option : values()) {
      if (option.name().equals(rest)) {
        return option;
      }
    }
    return null;
  }

  /** Returns the option of that key, or null. */
  static Option of(String key) {
    for (Option option : values()) {
      if (option.key.equals(key)) {
        return option;
      }
    }
    return null;
  }
}
