package io.reaper.core;

import io.reaper.core.observe.Log;
import io.reaper.core.options.Help;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import java.util.Map;

/** What the operator has asked for, and where the agent says what it has to say. */
record Asked(Options options, Log log) {
  /** The exit status of a JVM that was given a wrong argument. */
  static final int WRONG_ARGUMENT = 2;

  static Asked read(String arguments, Map<String, String> environment) throws OptionException {
    Options options = Options.parse(arguments, System.getProperties(), environment);
    options.checkReport();
    return new Asked(options, options.openLog());
  }

  /** The same before {@code main}, where a wrong argument, or help, is the end of the JVM. */
  static Asked readOrExit(String arguments, Map<String, String> environment) {
    try {
      Asked asked = read(arguments, environment);
      if (asked.options.help()) {
        System.out.print(Help.text());
        System.exit(0);
      }
      return asked;
    } catch (OptionException wrong) {
      Log.toStderr(Log.Level.ERROR).error(wrong.getMessage());
      System.exit(WRONG_ARGUMENT);
      throw new IllegalStateException("the JVM has ended");
    }
  }
}
