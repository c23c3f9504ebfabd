package io.reaper.core.observe;

/**
 * Makes text fit to be shown to a person; nothing else does. Names and arguments of processes are
 * any bytes that their owners like; raw, they could add a line of their own to a log, set the
 * terminal's title, or turn around the order of what is read.
 */
public final class Printable {
  private Printable() {}

  /**
   * Returns the text in one line, with a {@code \}{@code uXXXX} for each letter that is not
   * visible.
   */
  public static String of(String text) {
    int at = 0;
    while (at < text.length() && !isEscaped(text, at)) {
      at++;
    }
    if (at == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, at);
    for (; at < text.length(); at++) {
      char letter = text.charAt(at);
      if (isEscaped(text, at)) {
        append(escaped, letter);
      } else {
        escaped.append(letter);
      }
    }
    return escaped.toString();
  }

  private static void append(StringBuilder to, char letter) {
    switch (letter) {
      case '\n':
        to.append("\\n");
        break;
      case '\r':
        to.append("\\r");
        break;
      case '\t':
        to.append("\\t");
        break;
      default:
        appendNumber(to, letter);
    }
  }

  /** Appends the letter by its number, as Java and JSON (RFC 8259) have it. */
  public static void appendNumber(StringBuilder to, char letter) {
    String hex = Integer.toHexString(letter);
    to.append("\\u").append("0".repeat(4 - hex.length())).append(hex);
  }

  private static boolean isEscaped(String text, int at) {
    char letter = text.charAt(at);
    if (letter < 0x7f) {
      return letter < ' ';
    }
    return !Character.isSurrogate(letter) ? !isVisible(letter) : !isPaired(text, at);
  }

  /**
   * Whether a letter that is not ASCII can be shown as it is: not DEL or C1, which terminals obey
   * (ECMA-48), not the end of a line or of a paragraph, and nothing that changes the direction of
   * what follows (Unicode, UAX #9).
   */
  public static boolean isVisible(char letter) {
    return letter >= 0xa0
        && letter != 0x061c
        && letter != 0x200e
        && letter != 0x200f
        && !(letter >= 0x2028 && letter <= 0x202e)
        && !(letter >= 0x2066 && letter <= 0x2069);
  }

  private static boolean isPaired(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
        : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
