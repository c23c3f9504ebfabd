package io.reaper.core.observe;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes one line for each message, on stderr or in a file; never stdout, never {@code
 * java.util.logging}, which would fix the LogManager before the application can choose its own.
 */
public final class Log {
  /** Says how much is written, from silence to everything. */
  public enum Level {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG;

    private final String label = name().toLowerCase(java.util.Locale.ROOT);

    /** Returns the name as it is given and printed. */
    public String label() {
      return label;
    }

    /** Returns the level of that name, or null. */
    public static Level of(String label) {
      for (Level level : values()) {
        if (level.label.equals(label)) {
          return level;
        }
      }
      return null;
    }
  }

  private volatile Level level;
  private volatile OutputStream out;
  private volatile Log copy;

  private Log(Level level, OutputStream out) {
    this.level = level;
    this.out = out;
  }

  /** Returns a log to the process's stderr itself, whatever System.err is later set to. */
  public static Log toStderr(Level level) {
    return new Log(level, new FileOutputStream(FileDescriptor.err));
  }

  /** Returns a log to that stream, with one write for each line. */
  public static Log to(OutputStream out, Level level) {
    return new Log(level, out);
  }

  /** Writes, from now on, as much as that log, and to the same place. */
  public void become(Log other) {
    level = other.level;
    out = other.out;
  }

  /** Writes, from now on, as much as that level says, to the same place as before. */
  public void become(Level other) {
    level = other;
  }

  /** Writes everything to that log, too, as far as its level allows; null ends that. */
  public void copyTo(Log other) {
    copy = other;
  }

  /** Writes that a promise is not kept, with what follows from it. */
  public void error(String message) {
    line(Level.ERROR, message);
  }

  /** Writes what the operator will want to know of. */
  public void warn(String message) {
    line(Level.WARN, message);
  }

  /** Writes what the agent does. */
  public void info(String message) {
    line(Level.INFO, message);
  }

  /** Writes what the agent sees. */
  public void debug(String message) {
    line(Level.DEBUG, message);
  }

  /** Whether {@link #info} writes at all, here or where a copy goes. */
  public boolean informs() {
    return level.compareTo(Level.INFO) >= 0 || copy != null;
  }

  /** Whether {@link #debug} writes at all. */
  public boolean debugs() {
    return level == Level.DEBUG;
  }

  private void line(Level of, String message) {
    Log alsoTo = copy;
    if (alsoTo != null) {
      alsoTo.line(of, message);
    }
    if (level.compareTo(of) < 0) {
      return;
    }
    String line = "reaper-agent: [" + of.label() + "] " + Printable.of(message) + "\n";
    try {
      // One write, so that lines of several threads and processes do not mix.
      out.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException closed) {
      // The reader is gone, and there is no other place to say so.
    }
  }
}
