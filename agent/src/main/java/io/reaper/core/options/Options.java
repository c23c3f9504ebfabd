package io.reaper.core.options;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.Signal;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** Holds what the operator asked for, as {@link Given} has found it. */
public final class Options {
  private final boolean children;
  private final boolean processGroup;
  private final boolean subreaper;
  private final boolean cgroup;
  private final boolean sentinel;
  private final boolean sigchldIgnored;
  private final Signal signal;
  private final long graceMillis;
  private final Set<String> keep;
  private final boolean keepMarked;
  private final boolean leaksFail;
  private final Path report;
  private final Set<String> launchers;
  private final Log.Level log;
  private final Path logFile;
  private final Path killLog;
  private final boolean strict;
  private final Path dir;
  private final boolean enabled;
  private final boolean help;
  private final Map<Option, String> texts;

  private Options(Values values) throws OptionException {
    children = values.flag(Option.CHILDREN);
    processGroup = values.flag(Option.PROCESS_GROUP);
    subreaper = values.flag(Option.SUBREAPER);
    cgroup = values.flag(Option.CGROUP);
    sentinel = values.flag(Option.SENTINEL);
    sigchldIgnored = values.either(Option.SIGCHLD, "ignore", "default");
    signal = values.signal(Option.SIGNAL);
    graceMillis = values.millis(Option.GRACE);
    keep = values.programs(Option.KEEP);
    keepMarked = values.flag(Option.KEEP_MARKED);
    leaksFail = values.either(Option.LEAKS, "fail", "allow");
    report = values.file(Option.REPORT);
    launchers = values.classes(Option.LAUNCHERS);
    log = values.level(Option.LOG);
    logFile = values.file(Option.LOG_FILE);
    killLog = values.file(Option.KILL_LOG);
    strict = values.flag(Option.STRICT);
    dir = values.file(Option.DIR);
    enabled = values.flag(Option.ENABLED);
    help = values.flag(Option.HELP);
    texts = values.texts();
  }

  /** Parses agent arguments, {@code key=value,key=value}; null is none. */
  public static Options parse(
      String arguments, Properties properties, Map<String, String> environment)
      throws OptionException {
    return of(Given.read(properties, environment, arguments));
  }

  /** Returns what was given, and the defaults for the rest. */
  public static Options of(Given given) throws OptionException {
    return of(given.over(Map.of()));
  }

  /** Returns these options with the given ones in their places; the others stay as they are. */
  public Options with(Given given) throws OptionException {
    return of(given.over(texts()));
  }

  /** Returns the options that hold where none are given. */
  public static Options defaults() {
    return certainlyOf(Map.of());
  }

  private static Options certainlyOf(Map<Option, Given.Setting> given) {
    try {
      return of(given);
    } catch (OptionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Options of(Map<Option, Given.Setting> given) throws OptionException {
    return new Options(new Values(given));
  }

  public boolean children() {
    return children;
  }

  public boolean processGroup() {
    return processGroup;
  }

  public boolean subreaper() {
    return subreaper;
  }

  public boolean cgroup() {
    return cgroup;
  }

  public boolean sentinel() {
    return sentinel;
  }

  /** Returns whether SIGCHLD is ignored while no child of the JVM's own is waited for. */
  public boolean sigchldIgnored() {
    return sigchldIgnored;
  }

  public Signal signal() {
    return signal;
  }

  /** Returns the milliseconds between the polite signal and SIGKILL. */
  public long graceMillis() {
    return graceMillis;
  }

  /** Returns the names and absolute paths of programs that may outlive the worker. */
  public Set<String> keep() {
    return keep;
  }

  /** Returns whether REAPER_KEEP=true, given to a process, lets it outlive the worker. */
  public boolean keepMarked() {
    return keepMarked;
  }

  /** Returns whether the exit status tells that an orderly end had to kill a process. */
  public boolean leaksFail() {
    return leaksFail;
  }

  /** Returns where the page of all processes goes, or null for none. */
  public Path report() {
    return report;
  }

  /** Returns the classes and packages that start processes for the application's own code. */
  public Set<String> launchers() {
    return launchers;
  }

  public Log.Level log() {
    return log;
  }

  /** Returns where the log goes, or null for stderr. */
  public Path logFile() {
    return logFile;
  }

  /** Returns where a line is written for each process that is killed or left, or null. */
  public Path killLog() {
    return killLog;
  }

  public boolean strict() {
    return strict;
  }

  public Path dir() {
    return dir;
  }

  public boolean enabled() {
    return enabled;
  }

  public boolean help() {
    return help;
  }

  /** Returns where the ledgers live: {@code dir} if that can be used, else the usual place. */
  public File place(Map<String, String> environment) {
    return dir == null || whyNotDir() != null ? PrivateDirectory.usual(environment) : dir.toFile();
  }

  /** Returns every place where such a worker may have kept a ledger, {@link #place} first. */
  public List<File> places(Map<String, String> environment) {
    return dir == null || whyNotDir() != null
        ? PrivateDirectory.places(environment)
        : List.of(dir.toFile());
  }

  /** Returns why {@code dir} cannot be used, or null if it can, or was not given. */
  public String whyNotDir() {
    return dir == null ? null : PrivateDirectory.whyUnusable(dir.toFile());
  }

  /** Whether any process dies with the worker at all. */
  public boolean killsProcesses() {
    return children || processGroup || subreaper || cgroup;
  }

  /** Returns the same options without any mode, and without the sentinel. */
  public Options withoutModes() {
    return without(EnumSet.range(Option.CHILDREN, Option.SENTINEL));
  }

  /**
   * Returns the same options as far as they need no /proc, which alone tells what is to be kept.
   */
  public Options withoutProc() {
    return keep.isEmpty() ? without(EnumSet.of(Option.SUBREAPER, Option.CGROUP)) : withoutModes();
  }

  private Options without(Set<Option> off) {
    Map<Option, Given.Setting> without = new EnumMap<>(Option.class);
    for (Option each : texts().keySet()) {
      without.put(each, new Given.Setting(off.contains(each) ? "false" : texts.get(each), ""));
    }
    return certainlyOf(without);
  }

  /** Whether a mode is entered before {@code main}, whether the worker ever spawns or not. */
  public boolean changesWorker() {
    return needsNative() || cgroup;
  }

  /** Whether a mode needs more of the kernel than the JDK offers. */
  public boolean needsNative() {
    return processGroup || subreaper;
  }

  /** Returns where the log goes. */
  public LogDestination logDestination() {
    return new LogDestination(logFile, log);
  }

  /** Returns the keys of the modes that were asked for. */
  public List<String> modes() {
    List<String> modes = new ArrayList<>();
    for (Option mode : Option.MODES) {
      if (texts.get(mode).equals("true")) {
        modes.add(mode.key());
      }
    }
    return modes;
  }

  /** Returns the value of each option that holds for the worker, by its key. */
  public Map<String, String> effective() {
    Map<String, String> effective = new LinkedHashMap<>();
    for (Map.Entry<Option, String> each : texts().entrySet()) {
      effective.put(each.getKey().key(), each.getValue());
    }
    return effective;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Options && texts.equals(((Options) other).texts);
  }

  @Override
  public int hashCode() {
    return texts.hashCode();
  }

  /** Returns the options as agent arguments, those left at their defaults left out. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Map<Option, String> handedDown = texts();
    // The sweeper has another stdout, and the worker's stderr.
    handedDown.remove(Option.LOG_FILE, LogDestination.STDOUT);
    // Not by the map's entries, whose four classes no JVM has at hand at the worker's first start.
    for (Option option : Option.values()) {
      String value = handedDown.get(option);
      if (value != null && !option.fallback().equals(value)) {
        text.append(text.length() == 0 ? "" : ",");
        text.append(option.key()).append('=').append(value);
      }
    }
    return text.toString();
  }

  /** Returns all texts but those of help and enabled, which are settled once the agent runs. */
  Map<Option, String> texts() {
    Map<Option, String> others = new EnumMap<>(texts);
    others.remove(Option.ENABLED);
    others.remove(Option.HELP);
    return others;
  }
}
