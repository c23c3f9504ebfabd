package io.reaper.core.options;

/** Shows the options as a table for a person. */
public final class Help {
  private Help() {}

  /** Returns what {@code help} prints. */
  public static String text() {
    StringBuilder text =
        new StringBuilder("java -javaagent:reaper-agent.jar[=key=value,key=value...] ...\n\n");
    for (Option option : Option.values()) {
      String given = option.fallback().isEmpty() ? "-" : option.fallback();
      pad(text.append("  "), option.key(), 15);
      pad(text, given, 9);
      text.append(option.help()).append(" (").append(option.accepted()).append(")\n");
    }
    return text.append(
            "\nEach is also -Dreaper.KEY=VALUE, and REAPER_KEY in the environment ('-' becomes '_');"
                + "\nthe arguments come first, then the property, the environment, the config file.\n")
        .toString();
  }

  private static void pad(StringBuilder text, String word, int width) {
    text.append(word).append(" ".repeat(Math.max(1, width - word.length())));
  }
}
