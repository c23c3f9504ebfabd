package io.reaper.core.options;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.posix.Signal;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** What the operator asked for, as {@link Given} has found it. */
public final class Options {
  private static final String NO_MODES =
      "children=false,process-group=false,subreaper=false,cgroup=false,sentinel=false";
  private static final String STDOUT = "/dev/stdout";
  private static final String STDERR = "/dev/stderr";
  private static final String NOWHERE = "/dev/null";

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
  private final boolean strict;
  private final Path dir;
  private final boolean enabled;
  private final boolean help;

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
    strict = values.flag(Option.STRICT);
    dir = values.file(Option.DIR);
    enabled = values.flag(Option.ENABLED);
    help = values.flag(Option.HELP);
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

  /** What holds where nobody has asked for anything. */
  public static Options defaults() {
    try {
      return of(Map.of());
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

  /** Where the ledgers live: in {@code dir} if that can be used, else in the usual place. */
  public File place(Map<String, String> environment) {
    return dir == null || whyNotDir() != null ? PrivateDirectory.usual(environment) : dir.toFile();
  }

  /** Every place where such a worker may have kept a ledger, {@link #place} first. */
  public List<File> places(Map<String, String> environment) {
    return dir == null || whyNotDir() != null
        ? PrivateDirectory.places(environment)
        : List.of(dir.toFile());
  }

  /** Returns why {@code dir} cannot be used, or null if it can, or was not given. */
  public String whyNotDir() {
    return dir == null ? null : PrivateDirectory.whyUnusable(dir.toFile());
  }

  /** Whether anybody dies with the worker at all. */
  public boolean killsAnybody() {
    return children || processGroup || subreaper || cgroup;
  }

  /** Returns the same options without any mode. */
  public Options withoutModes() {
    try {
      return with(Given.read(new Properties(), Map.of(), NO_MODES));
    } catch (OptionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whether a mode is entered before {@code main}, whether the worker ever spawns or not. */
  public boolean changesWorker() {
    return needsNative() || cgroup;
  }

  /** Whether a mode needs more of the kernel than the JDK offers. */
  public boolean needsNative() {
    return processGroup || subreaper;
  }

  /** Whether the log goes to the stderr of whoever writes it. */
  public boolean logsToStderr() {
    return logFile == null || logFile.toString().equals(STDERR);
  }

  /**
   * The log that was asked for. The names of the standard streams mean these themselves: to open a
   * pipe anew fails for a socket, as systemd has it, and waits where nobody reads.
   */
  public Log openLog() throws OptionException {
    return openLog("the options");
  }

  /**
   * Opens the log that was asked for.
   *
   * @param source where it was asked for, in words
   */
  public Log openLog(String source) throws OptionException {
    try {
      switch (logFile == null ? STDERR : logFile.toString()) {
        case STDERR:
          return Log.toStderr(log);
        case STDOUT:
          return Log.to(new FileOutputStream(FileDescriptor.out), log);
        case NOWHERE:
          return Log.to(OutputStream.nullOutputStream(), log);
        default:
          return Log.to(RegularFile.append(logFile.toFile()), log);
      }
    } catch (IOException refused) {
      throw new OptionException(
          "cannot write log-file="
              + logFile
              + " (in "
              + source
              + "): "
              + refused.getMessage()
              + "; name a file in a directory that this user can write to");
    }
  }

  /**
   * Refuses a page that could not be written at the end, where nobody may wait for it.
   *
   * @param source where it was asked for, in words
   */
  public void checkReport(String source) throws OptionException {
    try {
      if (report != null) {
        RegularFile.check(report.toFile());
      }
    } catch (IOException refused) {
      throw new OptionException(
          "cannot write report="
              + report
              + " (in "
              + source
              + "): "
              + refused.getMessage()
              + "; name a file");
    }
  }

  /** Returns the keys of the modes that were asked for. */
  public List<String> modes() {
    List<String> modes = new ArrayList<>();
    for (Option mode : Option.MODES) {
      if (texts().get(mode).equals("true")) {
        modes.add(mode.key());
      }
    }
    return modes;
  }

  /** Returns what is different in those, each as key and both values, in the order of the table. */
  public List<String> changesTo(Options other) {
    List<String> changes = new ArrayList<>();
    Map<Option, String> after = other.texts();
    for (Map.Entry<Option, String> each : texts().entrySet()) {
      String now = after.get(each.getKey());
      if (!each.getValue().equals(now)) {
        changes.add(each.getKey().key() + ": " + dash(each.getValue()) + " -> " + dash(now));
      }
    }
    return changes;
  }

  private static String dash(String value) {
    return value.isEmpty() ? "-" : value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Options
        && enabled == ((Options) other).enabled
        && help == ((Options) other).help
        && texts().equals(((Options) other).texts());
  }

  @Override
  public int hashCode() {
    return texts().hashCode();
  }

  /** Returns the options as agent arguments, those left at their defaults left out. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Map<Option, String> handedDown = texts();
    // The sweeper has another stdout, and the worker's stderr.
    handedDown.remove(Option.LOG_FILE, STDOUT);
    for (Map.Entry<Option, String> each : handedDown.entrySet()) {
      Option option = each.getKey();
      if (!option.fallback().equals(each.getValue())) {
        text.append(text.length() == 0 ? "" : ",");
        text.append(option.key()).append('=').append(each.getValue());
      }
    }
    return text.toString();
  }

  /** All but those that are not the worker's: config has been read, help given, and it is on. */
  private Map<Option, String> texts() {
    Map<Option, String> texts = new EnumMap<>(Option.class);
    texts.put(Option.CHILDREN, Boolean.toString(children));
    texts.put(Option.PROCESS_GROUP, Boolean.toString(processGroup));
    texts.put(Option.SUBREAPER, Boolean.toString(subreaper));
    texts.put(Option.CGROUP, Boolean.toString(cgroup));
    texts.put(Option.SENTINEL, Boolean.toString(sentinel));
    texts.put(Option.SIGCHLD, sigchldIgnored ? "ignore" : "default");
    texts.put(Option.SIGNAL, signal.label());
    texts.put(Option.GRACE, graceMillis == 2000 ? "2s" : graceMillis + "ms");
    texts.put(Option.KEEP, String.join(":", keep));
    texts.put(Option.KEEP_MARKED, Boolean.toString(keepMarked));
    texts.put(Option.LEAKS, leaksFail ? "fail" : "allow");
    texts.put(Option.REPORT, text(report));
    texts.put(Option.LAUNCHERS, String.join(":", launchers));
    texts.put(Option.LOG, log.label());
    texts.put(Option.LOG_FILE, text(logFile));
    texts.put(Option.STRICT, Boolean.toString(strict));
    texts.put(Option.DIR, text(dir));
    return texts;
  }

  private static String text(Path path) {
    return path == null ? "" : path.toString();
  }
}
