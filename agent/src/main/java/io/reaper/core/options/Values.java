package io.reaper.core.options;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Signal;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Reads each option's text as what it stands for, or says what would have been accepted. */
record Values(Map<Option, String> given) {
  private static final long LONGEST_GRACE_MILLIS = 600_000;

  boolean flag(Option option) throws OptionException {
    return either(option, "true", "false");
  }

  /** Whether it is the first of those two. */
  boolean either(Option option, String yes, String no) throws OptionException {
    String text = given.get(option);
    if (!text.equals(yes) && !text.equals(no)) {
      throw OptionException.badValue(option, text);
    }
    return text.equals(yes);
  }

  Signal signal(Option option) throws OptionException {
    Signal signal = Signal.of(given.get(option));
    if (signal == null) {
      throw OptionException.badValue(option, given.get(option));
    }
    return signal;
  }

  long millis(Option option) throws OptionException {
    String text = given.get(option);
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    long unit = unit(text.substring(digits));
    boolean bareNumber = digits == text.length() && !text.equals("0");
    if (digits == 0 || digits > 9 || unit == 0 || bareNumber) {
      throw OptionException.badValue(option, text);
    }
    long millis = Long.parseLong(text.substring(0, digits)) * unit;
    if (millis > LONGEST_GRACE_MILLIS) {
      throw OptionException.badValue(option, text);
    }
    return millis;
  }

  private static long unit(String name) {
    switch (name) {
      case "":
      case "ms":
        return 1;
      case "s":
        return 1000;
      case "m":
        return 60_000;
      default:
        return 0;
    }
  }

  Set<String> names(Option option) throws OptionException {
    if (given.get(option).indexOf(',') >= 0) {
      throw OptionException.badValue(option, given.get(option));
    }
    Set<String> names = new LinkedHashSet<>();
    for (String name : given.get(option).split(":")) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return names;
  }

  Log.Level level(Option option) throws OptionException {
    Log.Level level = Log.Level.of(given.get(option));
    if (level == null) {
      throw OptionException.badValue(option, given.get(option));
    }
    return level;
  }

  /** Absolute, as the sentinel and the sweeper work elsewhere, and read it from the ledger. */
  Path file(Option option) throws OptionException {
    String text = given.get(option);
    // As an agent argument, which the ledger keeps, it would be two.
    if (text.indexOf(',') >= 0 || text.indexOf('\0') >= 0) {
      throw OptionException.badValue(option, text);
    }
    return text.isEmpty() ? null : Path.of(text).toAbsolutePath();
  }
}
