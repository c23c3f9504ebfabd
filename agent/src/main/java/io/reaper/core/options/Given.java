package io.reaper.core.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Reads what the operator has given, each value with its source: the agent arguments come first,
 * then {@code -Dreaper.key=}, then {@code REAPER_KEY} in the environment, then the properties file
 * that {@code config} names.
 */
public final class Given {
  private static final String ARGUMENTS = "the agent arguments";

  /** Holds a value as text, and the place where it stands. */
  static final class Setting {
    private final String value;
    private final String source;

    Setting(String value, String source) {
      this.value = value;
      this.source = source;
    }

    String value() {
      return value;
    }

    String source() {
      return source;
    }
  }

  private final Map<Option, Setting> settings = new EnumMap<>(Option.class);
  private final List<String> complaints = new ArrayList<>();

  private Given() {}

  /**
   * Reads agent arguments, {@code key=value,key=value}, null being none, and the other sources.
   *
   * @param arguments those of each agent on the command line; the later ones win
   */
  public static Given read(
      Properties properties, Map<String, String> environment, String... arguments)
      throws OptionException {
    Given given = new Given();
    for (String each : arguments) {
      given.readArguments(each);
    }
    given.readProperties(properties);
    given.readEnvironment(environment);
    Setting config = given.settings.get(Option.CONFIG);
    if (config != null && !config.value.isEmpty()) {
      given.addAbsent(ConfigFile.read(config, given.complaints));
    }
    if (Option.KEEP_MARK.equals(environment.get(Option.KEEP.variable()))) {
      // Every process below the worker has inherited it: the environment does not tell which was
      // meant.
      given.settings.putIfAbsent(
          Option.KEEP_MARKED, new Setting("false", "REAPER_KEEP=true of the worker's own"));
    }
    return given;
  }

  private void readArguments(String arguments) throws OptionException {
    Map<Option, Setting> argued = new EnumMap<>(Option.class);
    for (String argument : arguments == null ? new String[0] : arguments.split(",")) {
      int equals = argument.indexOf('=');
      String key = (equals < 0 ? argument : argument.substring(0, equals)).strip();
      // A bare flag, as in =help, is that flag switched on.
      String value = equals < 0 ? "true" : argument.substring(equals + 1).strip();
      if (!key.isEmpty() || equals >= 0) {
        put(argued, key, new Setting(value, ARGUMENTS), complaints);
      }
    }
    settings.putAll(argued);
  }

  /** Enters a value; of two from one place the last holds, and a complaint says so. */
  static void put(
      Map<Option, Setting> settings, String key, Setting setting, List<String> complaints)
      throws OptionException {
    Option option = Option.of(key);
    if (option == null) {
      throw OptionException.unknownKey(key, setting.source);
    }
    Setting before = settings.put(option, setting);
    if (before != null && !before.value.equals(setting.value)) {
      complaints.add(
          "'"
              + key
              + "' is given more than once in "
              + setting.source
              + (before.source.equals(setting.source) ? "" : " and " + before.source)
              + "; the last holds: "
              + setting.value);
    }
  }

  private void readProperties(Properties properties) {
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(Option.PROPERTY)) {
        String key = name.substring(Option.PROPERTY.length());
        Option option = Option.of(key);
        String value = properties.getProperty(name);
        if (option == null) {
          complainOfNearMiss("-D", name, key, true);
        } else if (value.isBlank() && option.kind == Option.Kind.BOOLEAN) {
          complaints.add(
              "-D" + name + " is empty, which counts as not given; write -D" + name + "=true");
        } else {
          addUnlessEmpty(option, value, "-D".concat(name));
        }
      }
    }
  }

  private void readEnvironment(Map<String, String> environment) {
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      String name = variable.getKey();
      if (name.startsWith(Option.VARIABLE)) {
        String rest = name.substring(Option.VARIABLE.length());
        Option option = Option.ofVariable(rest);
        if (option == null) {
          complainOfNearMiss("", name, rest, false);
        } else if (option != Option.KEEP || !Option.KEEP_MARK.equals(variable.getValue())) {
          addUnlessEmpty(option, variable.getValue(), name);
        }
      }
    }
  }

  /**
   * Adds a value, unless it is empty: what a template leaves empty (Compose, Helm) is not given.
   */
  private void addUnlessEmpty(Option option, String value, String source) {
    if (!value.isBlank()) {
      settings.putIfAbsent(option, new Setting(value.strip(), source));
    }
  }

  /**
   * Complains of a name only if it looks like a slip, as other programs have names that begin the
   * same way.
   */
  private void complainOfNearMiss(String dash, String name, String rest, boolean isProperty) {
    Option meant = NearMiss.of(rest);
    if (meant != null) {
      String right = isProperty ? meant.property() : meant.variable();
      complaints.add(
          dash + name + " is no option and is ignored; did you mean " + dash + right + "?");
    }
  }

  private void addAbsent(Map<Option, Setting> others) {
    for (Map.Entry<Option, Setting> other : others.entrySet()) {
      settings.putIfAbsent(other.getKey(), other.getValue());
    }
  }

  /** Returns the settings on top of those that held before: what is not given here stays. */
  Map<Option, Setting> over(Map<Option, String> before) {
    Map<Option, Setting> all = new EnumMap<>(Option.class);
    for (Map.Entry<Option, String> each : before.entrySet()) {
      all.put(each.getKey(), new Setting(each.getValue(), "what held before"));
    }
    all.putAll(settings);
    return all;
  }

  /** Returns warnings: what looks like a mistake of the operator's, and stops nothing. */
  public List<String> complaints() {
    return complaints;
  }

  /** Returns each value with its source, in the order of the table; empty if there is none. */
  public String inWords() {
    StringBuilder words = new StringBuilder();
    for (Map.Entry<Option, Setting> each : settings.entrySet()) {
      Setting setting = each.getValue();
      words.append(words.length() == 0 ? "" : ", ").append(each.getKey().key()).append('=');
      words.append(setting.value).append(" (").append(setting.source).append(')');
    }
    return words.toString();
  }

  /** Returns, in words, where that option's value stands; empty if it is not given. */
  public String source(Option option) {
    Setting setting = settings.get(option);
    return setting == null ? "" : setting.source;
  }
}
