package io.reaper.it.program;

import java.nio.file.Path;

/** What one thread of a program sees, line by line. */
final class Transcript {

  private final StringBuilder lines = new StringBuilder();
  private final String dir;
  private final String prefix;

  Transcript(Path dir, String prefix) {
    this.dir = dir.toString();
    this.prefix = prefix;
  }

  /** Adds what was seen, a line each. */
  void say(String what, Object seen) {
    String text = String.valueOf(seen);
    // A text without a line is one too.
    (text.isEmpty() ? "''" : text)
        .lines()
        .map(line -> prefix + what + ": " + normal(line))
        .forEach(line -> lines.append(line).append('\n'));
  }

  /** Adds an exception with each of its frames, and those of its causes. */
  void thrown(String what, Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      say(what + " thrown", at);
      frames(what, at.getStackTrace());
      for (Throwable suppressed : at.getSuppressed()) {
        thrown(what + " suppressed", suppressed);
      }
    }
  }

  void frames(String what, StackTraceElement[] frames) {
    for (StackTraceElement frame : frames) {
      say(what + " at", frame);
    }
  }

  private String normal(String line) {
    return line.replace(dir, "DIR").replaceAll("pid=\\d+", "pid=PID");
  }

  @Override
  public String toString() {
    return lines.toString();
  }
}
