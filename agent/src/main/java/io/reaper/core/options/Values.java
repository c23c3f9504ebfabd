package io.reaper.core.options;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Signal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads each option's text as what it stands for, or says what would have been accepted. */
final class Values {
  private final Map<Option, Given.Setting> given;
  private final Map<Option, String> texts = new EnumMap<>(Option.class);

  Values(Map<Option, Given.Setting> given) {
    this.given = given;
  }

  private static final long LONGEST_GRACE_MILLIS = 600_000;

  private String text(Option option) {
    Given.Setting setting = given.get(option);
    return setting == null ? option.fallback() : setting.value();
  }

  /** Returns what was read, by option, as text that would be read as the same again. */
  Map<Option, String> texts() {
    return texts;
  }

  private OptionException bad(Option option) {
    return OptionException.badValue(option, given.get(option));
  }

  boolean flag(Option option) throws OptionException {
    return either(option, "true", "false");
  }

  /** Returns whether the value is the first of those two. */
  boolean either(Option option, String yes, String no) throws OptionException {
    String text = text(option);
    if (!text.equals(yes) && !text.equals(no)) {
      throw bad(option);
    }
    texts.put(option, text);
    return text.equals(yes);
  }

  Signal signal(Option option) throws OptionException {
    Signal signal = Signal.of(text(option));
    if (signal == null) {
      throw bad(option);
    }
    texts.put(option, signal.name());
    return signal;
  }

  long millis(Option option) throws OptionException {
    String text = text(option);
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    long unit = unit(text.substring(digits));
    boolean bareNumber = digits == text.length() && !text.equals("0");
    if (digits == 0 || digits > 9 || unit == 0 || bareNumber) {
      throw bad(option);
    }
    long millis = Long.parseLong(text.substring(0, digits)) * unit;
    if (millis > LONGEST_GRACE_MILLIS) {
      throw bad(option);
    }
    // The default's own text, "2s", rather than "2000ms".
    texts.put(
        option,
        millis % 1000 == 0 && option.fallback().equals(millis / 1000 + "s")
            ? option.fallback()
            : millis + "ms");
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

  /** Returns names and absolute paths: nothing else could ever be the name of a program. */
  Set<String> programs(Option option) throws OptionException {
    List<String> programs = new ArrayList<>();
    for (String program : text(option).split(":")) {
      String name = program.strip();
      if (name.indexOf(',') >= 0
          || name.indexOf('\0') >= 0
          || name.indexOf('*') >= 0
          || name.indexOf('?') >= 0
          || name.endsWith("/")
          || name.equals(".")
          || name.equals("..")
          || name.indexOf('/') > 0) {
        throw bad(option);
      }
      if (!name.isEmpty()) {
        programs.add(name);
      }
    }
    texts.put(option, String.join(":", programs));
    return new LinkedHashSet<>(programs);
  }

  /** Returns names of classes and packages, as a stack has them. */
  Set<String> classes(Option option) throws OptionException {
    List<String> classes = new ArrayList<>();
    for (String each : text(option).split(":")) {
      String name = each.strip();
      for (int i = 0; i < name.length(); i++) {
        char letter = name.charAt(i);
        if (!Character.isJavaIdentifierPart(letter)
            && (letter != '.' || i == 0 || i == name.length() - 1)) {
          throw bad(option);
        }
      }
      if (!name.isEmpty()) {
        classes.add(name);
      }
    }
    texts.put(option, String.join(":", classes));
    return new LinkedHashSet<>(classes);
  }

  Log.Level level(Option option) throws OptionException {
    Log.Level level = Log.Level.of(text(option));
    if (level == null) {
      throw bad(option);
    }
    texts.put(option, level.label());
    return level;
  }

  /**
   * Returns an absolute path, as the sentinel and the sweeper work elsewhere, and read it from the
   * ledger.
   */
  Path file(Option option) throws OptionException {
    String text = text(option);
    if (text.indexOf('\0') >= 0) {
      throw bad(option);
    }
    Path path;
    try {
      path = text.isEmpty() ? null : Path.of(text).toAbsolutePath();
    } catch (IllegalArgumentException unwritable) {
      // A letter that the locale does not have (LC_ALL=C).
      throw bad(option);
    }
    String whole = path == null ? "" : path.toString();
    for (int at = 0; at < whole.length(); at++) {
      // In the ledger a comma ends a value, and a line break all of them.
      if (whole.charAt(at) == ',' || whole.charAt(at) < ' ') {
        throw bad(option);
      }
    }
    texts.put(option, whole);
    return path;
  }
}
