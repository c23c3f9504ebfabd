package io.reaper.core.observe;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One line a message, on stderr or in a file; never stdout, never {@code java.util.logging}, which
 * would fix the LogManager before the application can choose its own.
 */
public final class Log {
  /** From silence to everything. */
  public enum Level {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG;

    private final String label = name().toLowerCase(java.util.Locale.ROOT);

    /** The name as it is given and printed. */
    public String label() {
      return label;
    }

    /** The level of that name, or null. */
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
  private volatile String consequence = "";

  private Log(Level level, OutputStream out) {
    this.level = level;
    this.out = out;
  }

  /** To the process's stderr itself, whatever System.err is later set to. */
  public static Log toStderr(Level level) {
    return new Log(level, new FileOutputStream(FileDescriptor.err));
  }

  /** To that, one write a line. */
  public static Log to(OutputStream out, Level level) {
    return new Log(level, out);
  }

  /** From now on as much, and in the same place, as that one. */
  public void become(Log other) {
    level = other.level;
    out = other.out;
  }

  /** From now on as much as that, in the place where it is. */
  public void become(Level other) {
    level = other;
  }

  /** Says everything there, too, as far as that one says it; null: no more. */
  public void copyTo(Log other) {
    copy = other;
  }

  /** Something that was asked for and cannot be had, with what follows from it. */
  public void error(String message) {
    line(Level.ERROR, message);
  }

  /** Something that the operator will want to know of. */
  public void warn(String message) {
    line(Level.WARN, message + consequence);
  }

  /** What follows, from now on, from whatever is warned of; empty: nothing but what it says. */
  public void consequence(String words) {
    consequence = words;
  }

  /** What the agent does. */
  public void info(String message) {
    line(Level.INFO, message);
  }

  /** What the agent sees. */
  public void debug(String message) {
    line(Level.DEBUG, message);
  }

  /** Whether {@link #warn} writes at all. */
  public boolean warns() {
    return level.compareTo(Level.WARN) >= 0;
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
      // Nobody listens any more, and there is nobody left to tell.
    }
  }
}
