package io.reaper.core.observe;

/** Makes one text of a command, of a length that can be kept for each process. */
public final class CommandText {
  private static final int LONGEST = 1000;

  private CommandText() {}

  /** Returns the words with blanks between them, at most the first thousand letters. */
  public static String of(String[] command) {
    return cut(String.join(" ", command));
  }

  /** Returns at most the first thousand letters. */
  public static String cut(String command) {
    return command.length() > LONGEST ? command.substring(0, LONGEST) : command;
  }
}
