package io.reaper.core.look;

import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Describes what a command's text is written on: a terminal, with its width and its colours, or a
 * pipe.
 */
final class Paper {
  private static final long LONGEST_ANSWER_SECONDS = 2;

  private final int width;
  private final boolean colours;
  private final boolean lines;

  /**
   * Creates a paper.
   *
   * @param width letters in a line, or 0 if that is not limited
   * @param colours whether it has colours
   * @param lines whether it has the letters for drawing lines
   */
  Paper(int width, boolean colours, boolean lines) {
    this.width = width;
    this.colours = colours;
    this.lines = lines;
  }

  /** Returns the paper that stdout is. */
  static Paper stdout(ProcFs proc) {
    boolean terminal = proc.own().writesToTerminal();
    return new Paper(
        terminal ? columns() : 0,
        terminal && System.getenv("NO_COLOR") == null,
        Output.hasEveryLetter());
  }

  /** Returns the terminal's width, or 0 if it is not known. */
  private static int columns() {
    String told = System.getenv("COLUMNS");
    if (told != null && told.matches("[1-9][0-9]{1,4}")) {
      return Integer.parseInt(told);
    }
    try {
      // Not through the C library, as loading it takes ten times as long as this program.
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/stdout"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(LONGEST_ANSWER_SECONDS, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return 0;
      }
      byte[] answer = stty.getInputStream().readAllBytes();
      String[] size = new String(answer, StandardCharsets.US_ASCII).trim().split(" ");
      return size.length == 2 && size[1].matches("[0-9]{1,5}") ? Integer.parseInt(size[1]) : 0;
    } catch (IOException none) {
      return 0;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  boolean hasColours() {
    return colours;
  }

  boolean hasLines() {
    return lines;
  }

  /** Whether the text has room in a line. */
  boolean hasRoomFor(String text) {
    return width == 0 || text.length() <= width;
  }

  /** Returns as much of the text as has room in a line. */
  String cut(String text) {
    return hasRoomFor(text) ? text : text.substring(0, width - 1) + (lines ? "\u2026" : ">");
  }
}
