package io.reaper.core;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Given;
import io.reaper.core.options.Help;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Reads what the operator has given, the options that follow from it, and the log that they name.
 */
final class Configuration {
  private final Given given;
  private final Options options;
  private final Log log;

  Configuration(Given given, Options options, Log log) {
    this.given = given;
    this.options = options;
    this.log = log;
  }

  Options options() {
    return options;
  }

  Log log() {
    return log;
  }

  /** The exit status of a JVM that was given a wrong argument. */
  static final int WRONG_ARGUMENT = 2;

  /** Names the provider of all files, if it is not the JDK's (FileSystems.getDefault). */
  static final String FILES = "java.nio.file.spi.DefaultFileSystemProvider";

  /**
   * Reads all sources.
   *
   * @param arguments those of each agent on the command line; the later ones win
   */
  static Configuration read(Map<String, String> environment, String... arguments)
      throws OptionException {
    Given given = Given.read(System.getProperties(), environment, arguments);
    Options options = Options.of(given);
    checkFiles(options, given);
    return new Configuration(
        given, options, options.logDestination().open(given.source(Option.LOG_FILE)));
  }

  /**
   * Reads all sources before {@code main}, where a wrong argument, or a request for help, ends the
   * JVM.
   */
  static Configuration readOrExit(Map<String, String> environment, String... arguments) {
    try {
      Configuration configuration = read(environment, arguments);
      if (configuration.options.help()) {
        System.out.print(Help.text());
        System.exit(0);
      }
      configuration.complain();
      return configuration;
    } catch (OptionException wrong) {
      Log.toStderr(Log.Level.ERROR).error(wrong.getMessage());
      System.exit(WRONG_ARGUMENT);
      throw new IllegalStateException("the JVM has ended");
    }
  }

  /** Says that the agent is on, how, and by which source; looks nothing up if the log is silent. */
  void tell() {
    if (!log.informs()) {
      return;
    }
    List<String> modes = options.modes();
    String asked = given.inWords();
    log.info(
        "version "
            + ((AgentClassLoader) Configuration.class.getClassLoader()).version()
            + " is on, asked for "
            + (modes.isEmpty() ? "no mode" : String.join("+", modes))
            + ", grace "
            + options.effective().get(Option.GRACE.key())
            + ledger()
            + "; "
            + (asked.isEmpty() ? "every option at its default" : "given: " + asked));
  }

  private String ledger() {
    if (!options.sentinel()) {
      return ", no ledger (sentinel=false)";
    }
    return new ProcFs().self() == ProcessId.INIT
        ? ", no ledger (PID 1 needs none)"
        : ", ledger in "
            + options.place(new OwnProc().environment(PrivateDirectory.RUNTIME)).getAbsolutePath()
            + " from the first start on";
  }

  /** Warns of what is no reason to refuse the start. */
  void complain() {
    for (String complaint : given.complaints()) {
      log.warn(complaint);
    }
  }

  /**
   * Returns whether the environment switches the agent off, so that an operator who runs an image
   * can do so whatever its arguments are, and whether they can be read or not.
   */
  static boolean isSwitchedOff(Map<String, String> environment) {
    String enabled = environment.get(Option.ENABLED.variable());
    return enabled != null && enabled.strip().equals("false");
  }

  /** Returns why there is no agent where {@link Entry#isRestricted} is true. */
  static String whyRestricted() {
    return System.getProperty(FILES) == null
        ? "this JVM has a SecurityManager (-Djava.security.manager), under which the agent does not"
            + " work"
        : "this JVM's files are the application's own (-D"
            + FILES
            + "), and the agent would depend on them";
  }

  /**
   * Says why the agent does not work in this JVM; ends the JVM if it is to be strict.
   *
   * @param options what was given, or null if nothing was
   */
  static void refuse(Options options, Log log) {
    if (options != null && options.strict()) {
      log.error(whyRestricted() + "; strict=true: the worker is not started");
      System.exit(WRONG_ARGUMENT);
    }
    log.warn(whyRestricted() + "; the worker goes on without it");
  }

  /**
   * Refuses files that could not be written later, because at the end nothing may wait for them.
   */
  static void checkFiles(Options options, Given given) throws OptionException {
    try {
      if (options.report() != null) {
        RegularFile.check(options.report().toFile());
      }
    } catch (IOException refused) {
      throw unwritable(Option.REPORT, options.report(), given, refused);
    }
    try {
      // Made here, so that the sentinel finds it: a shell cannot safely open a file that is absent.
      if (options.killLog() != null) {
        RegularFile.append(options.killLog().toFile()).close();
      }
    } catch (IOException refused) {
      throw unwritable(Option.KILL_LOG, options.killLog(), given, refused);
    }
  }

  private static OptionException unwritable(
      Option option, Path file, Given given, IOException refused) {
    return new OptionException(
        "cannot write "
            + option.key()
            + "="
            + file
            + " (in "
            + given.source(option)
            + "): "
            + refused.getMessage()
            + "; name a file");
  }
}
