package io.reaper.core.options;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.posix.Signal;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * What the operator asked for. The agent arguments come first, then {@code -Dreaper.key=}, then
 * {@code REAPER_KEY} in the environment, then the properties file that {@code config} names.
 *
 * @param sigchldIgnored whether SIGCHLD is ignored while no child of the JVM's own is waited for
 * @param graceMillis milliseconds between the polite signal and SIGKILL
 * @param keep names of executables that may outlive the worker
 * @param leaksFail whether the exit status tells that an orderly end had to kill somebody
 * @param report where the page of all processes goes, or null for none
 * @param logFile where the log goes, or null for stderr
 */
public record Options(
    boolean children,
    boolean processGroup,
    boolean subreaper,
    boolean cgroup,
    boolean sentinel,
    boolean sigchldIgnored,
    Signal signal,
    long graceMillis,
    Set<String> keep,
    boolean leaksFail,
    Path report,
    Log.Level log,
    Path logFile,
    boolean strict,
    Path dir,
    boolean help) {

  /** A value of the environment variable REAPER_KEEP that marks a process, and is no option. */
  public static final String KEEP_MARK = "true";

  private static final String STDOUT = "/dev/stdout";
  private static final String STDERR = "/dev/stderr";
  private static final String NOWHERE = "/dev/null";

  /** Parses agent arguments, {@code key=value,key=value}; null is none. */
  public static Options parse(
      String arguments, Properties properties, Map<String, String> environment)
      throws OptionException {
    Map<Option, String> given = new EnumMap<>(Option.class);
    if (arguments != null && !arguments.isEmpty()) {
      for (String argument : arguments.split(",")) {
        int equals = argument.indexOf('=');
        String key = equals < 0 ? argument : argument.substring(0, equals);
        // A bare flag, as in =help, is that flag switched on.
        String value = equals < 0 ? "true" : argument.substring(equals + 1);
        put(given, key, value, "the agent arguments");
      }
    }
    for (Option option : Option.values()) {
      putIfAbsent(given, option, properties.getProperty(option.property()));
      String value = environment.get(option.variable());
      if (option != Option.KEEP || !KEEP_MARK.equals(value)) {
        putIfAbsent(given, option, value);
      }
    }
    if (given.containsKey(Option.CONFIG) && !given.get(Option.CONFIG).isEmpty()) {
      String file = given.get(Option.CONFIG);
      Map<Option, String> configured = new EnumMap<>(Option.class);
      for (Map.Entry<Object, Object> line : load(file).entrySet()) {
        put(configured, (String) line.getKey(), ((String) line.getValue()).trim(), file);
      }
      for (Map.Entry<Option, String> line : configured.entrySet()) {
        given.putIfAbsent(line.getKey(), line.getValue());
      }
    }
    for (Option option : Option.values()) {
      given.putIfAbsent(option, option.fallback());
    }
    return of(given);
  }

  /** What holds where nobody has asked for anything. */
  public static Options defaults() {
    try {
      return parse(null, new Properties(), Map.of());
    } catch (OptionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void put(Map<Option, String> given, String key, String value, String where)
      throws OptionException {
    Option option = Option.of(key);
    if (option == null) {
      throw OptionException.unknownKey(key, where);
    }
    given.put(option, value);
  }

  private static void putIfAbsent(Map<Option, String> given, Option option, String value) {
    if (value != null) {
      given.putIfAbsent(option, value);
    }
  }

  private static Properties load(String file) throws OptionException {
    Properties properties = new Properties();
    try (InputStream in = RegularFile.read(new File(file))) {
      properties.load(in);
    } catch (IOException | IllegalArgumentException unreadable) {
      throw new OptionException(
          "cannot read config="
              + file
              + ": "
              + unreadable.getMessage()
              + "; name a properties file");
    }
    return properties;
  }

  private static Options of(Map<Option, String> given) throws OptionException {
    Values values = new Values(given);
    return new Options(
        values.flag(Option.CHILDREN),
        values.flag(Option.PROCESS_GROUP),
        values.flag(Option.SUBREAPER),
        values.flag(Option.CGROUP),
        values.flag(Option.SENTINEL),
        values.either(Option.SIGCHLD, "ignore", "default"),
        values.signal(Option.SIGNAL),
        values.millis(Option.GRACE),
        values.names(Option.KEEP),
        values.either(Option.LEAKS, "fail", "allow"),
        values.file(Option.REPORT),
        values.level(Option.LOG),
        values.file(Option.LOG_FILE),
        values.flag(Option.STRICT),
        values.file(Option.DIR),
        values.flag(Option.HELP));
  }

  /** Where the ledgers live: in {@code dir} if that can be used, else in the usual place. */
  public File place(Map<String, String> environment) {
    return dir == null || whyNotDir() != null ? PrivateDirectory.usual(environment) : dir.toFile();
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
    return new Options(
        false,
        false,
        false,
        false,
        false,
        sigchldIgnored,
        signal,
        graceMillis,
        keep,
        leaksFail,
        report,
        log,
        logFile,
        strict,
        dir,
        help);
  }

  /** Whether a mode is entered before {@code main}, whether the worker ever spawns or not. */
  public boolean changesWorker() {
    return needsNative() || cgroup;
  }

  /** Whether a mode needs more of the kernel than the JDK offers. */
  public boolean needsNative() {
    return processGroup || subreaper;
  }

  /**
   * The log that was asked for. The names of the standard streams mean these themselves: to open a
   * pipe anew fails for a socket, as systemd has it, and waits where nobody reads.
   */
  public Log openLog() throws OptionException {
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
              + ": "
              + refused.getMessage()
              + "; name a file in a directory that this user can write to");
    }
  }

  /** Refuses a page that could not be written at the end, where nobody may wait for it. */
  public void checkReport() throws OptionException {
    try {
      if (report != null) {
        RegularFile.check(report.toFile());
      }
    } catch (IOException refused) {
      throw new OptionException(
          "cannot write report=" + report + ": " + refused.getMessage() + "; name a file");
    }
  }

  /** The options as agent arguments, those left at their defaults left out. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    print(text, Option.CHILDREN, children);
    print(text, Option.PROCESS_GROUP, processGroup);
    print(text, Option.SUBREAPER, subreaper);
    print(text, Option.CGROUP, cgroup);
    print(text, Option.SENTINEL, sentinel);
    print(text, Option.SIGCHLD, sigchldIgnored ? "ignore" : "default");
    print(text, Option.SIGNAL, signal.label());
    print(text, Option.GRACE, graceMillis == 2000 ? "2s" : graceMillis + "ms");
    print(text, Option.KEEP, String.join(":", keep));
    print(text, Option.LEAKS, leaksFail ? "fail" : "allow");
    print(text, Option.REPORT, report == null ? "" : report);
    print(text, Option.LOG, log.label());
    // The sweeper has another stdout, and the worker's stderr.
    boolean handedDown = logFile != null && !logFile.toString().equals(STDOUT);
    print(text, Option.LOG_FILE, handedDown ? logFile : "");
    print(text, Option.STRICT, strict);
    print(text, Option.DIR, dir == null ? "" : dir);
    return text.toString();
  }

  private static void print(StringBuilder text, Option option, Object value) {
    if (!option.fallback().equals(value.toString())) {
      text.append(text.length() == 0 ? "" : ",").append(option.key()).append('=').append(value);
    }
  }
}
