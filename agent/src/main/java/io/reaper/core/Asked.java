package io.reaper.core;

import io.reaper.core.observe.Log;
import io.reaper.core.options.Given;
import io.reaper.core.options.Help;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import java.util.Map;

/** What the operator has asked for, and where the agent says what it has to say. */
final class Asked {
  private final Given given;
  private final Options options;
  private final Log log;

  Asked(Given given, Options options, Log log) {
    this.given = given;
    this.options = options;
    this.log = log;
  }

  Given given() {
    return given;
  }

  Options options() {
    return options;
  }

  Log log() {
    return log;
  }

  /** The exit status of a JVM that was given a wrong argument. */
  static final int WRONG_ARGUMENT = 2;

  /**
   * Reads all sources.
   *
   * @param arguments those of each agent on the command line; the later ones win
   */
  static Asked read(Map<String, String> environment, String... arguments) throws OptionException {
    Given given = Given.read(System.getProperties(), environment, arguments);
    Options options = Options.of(given);
    options.checkReport(given.source(Option.REPORT));
    return new Asked(given, options, options.openLog(given.source(Option.LOG_FILE)));
  }

  /** The same before {@code main}, where a wrong argument, or help, is the end of the JVM. */
  static Asked readOrExit(Map<String, String> environment, String... arguments) {
    try {
      Asked asked = read(environment, arguments);
      if (asked.options.help()) {
        System.out.print(Help.text());
        System.exit(0);
      }
      asked.complain();
      return asked;
    } catch (OptionException wrong) {
      Log.toStderr(Log.Level.ERROR).error(wrong.getMessage());
      System.exit(WRONG_ARGUMENT);
      throw new IllegalStateException("the JVM has ended");
    }
  }

  /** Warns of what is no reason to refuse anything. */
  void complain() {
    for (String complaint : given.complaints()) {
      log.warn(complaint);
    }
  }
}
