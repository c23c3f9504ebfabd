package io.reaper.core.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Keeps the stack on which a process was started. It is kept as the JVM has it, which costs a start
 * the fewest microseconds, and is read only if its text is asked for; it is never thrown.
 */
@SuppressWarnings("serial")
public final class Origin extends Throwable {
  /** The callers that are named beside the method itself: more are for a debugger. */
  private static final int CALLERS = 2;

  private static final String ARROW = " → ";
  private static final String LAMBDA = "lambda$";

  private final transient Set<String> ownLaunchers;

  /** The stack in words, or null while it is kept as the JVM has it. */
  private final transient StackTraceElement[] inWords;

  /**
   * Keeps the stack of the calling thread.
   *
   * @param ownLaunchers the classes and packages that the operator has named as launchers
   */
  public Origin(Set<String> ownLaunchers) {
    super(null, null, false, true);
    this.ownLaunchers = ownLaunchers;
    this.inWords = null;
  }

  private Origin(Set<String> ownLaunchers, StackTraceElement[] inWords) {
    super(null, null, false, false);
    this.ownLaunchers = ownLaunchers;
    this.inWords = inWords;
  }

  /** Returns the same in words alone: as the JVM has it, it keeps each class from unloading. */
  public Origin withoutClasses() {
    return inWords == null ? new Origin(ownLaunchers, getStackTrace()) : this;
  }

  /**
   * Returns the first frame of the application's own, with class, method and line, and the way from
   * its callers to the library that started the process, if there is more to tell: {@code
   * com.acme.FFmpeg.start(FFmpeg.java:12): Transcoder.run → FFmpeg.start → commons-exec}. Returns
   * null if a thread of the JDK's own did it.
   *
   * @param longest the most bytes of UTF-8; the callers are left out first, then the way
   */
  public String text(int longest) {
    List<String> way = new ArrayList<>();
    StackTraceElement own = null;
    StackTraceElement library = null;
    String launcher = null;
    for (StackTraceElement frame : inWords == null ? getStackTrace() : inWords) {
      String type = frame.getClassName();
      String known = isJdk(type) ? Launchers.UNNAMED : Launchers.nameOf(type, ownLaunchers);
      if (known != null) {
        if (own == null && known != Launchers.UNNAMED) {
          launcher = known;
          library = frame;
        }
        continue;
      }
      own = own == null ? frame : own;
      String step = step(frame);
      // Overloads of one method call each other.
      if (way.isEmpty() || !way.get(way.size() - 1).equals(step)) {
        way.add(step);
      }
      if (way.size() > CALLERS) {
        break;
      }
    }
    if (own == null) {
      return library == null ? null : line(library);
    }
    return fitting(line(own), way, launcher, longest);
  }

  private static String fitting(String line, List<String> way, String launcher, int longest) {
    for (int callers = way.size() - 1; callers >= 0; callers--) {
      if (callers == 0 && launcher == null) {
        break;
      }
      StringBuilder text = new StringBuilder(line).append(": ");
      for (int i = callers; i >= 0; i--) {
        text.append(way.get(i)).append(i == 0 ? "" : ARROW);
      }
      if (launcher != null) {
        text.append(ARROW).append(launcher);
      }
      if (mostBytes(text) <= longest) {
        return text.toString();
      }
    }
    return line;
  }

  /** Returns the bytes of UTF-8, if each letter beyond ASCII takes as many as the arrow does. */
  private static long mostBytes(CharSequence text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      bytes += text.charAt(i) < 128 ? 0 : 2;
    }
    return bytes;
  }

  private static String line(StackTraceElement frame) {
    return frame.getClassName()
        + "."
        + frame.getMethodName()
        + "("
        + frame.getFileName()
        + ":"
        + frame.getLineNumber()
        + ")";
  }

  /**
   * Returns the method as a person says it: without the package and what a class is nested in, and
   * of a lambda the enclosing one.
   */
  private static String step(StackTraceElement frame) {
    String type = frame.getClassName();
    String method = frame.getMethodName();
    if (method.startsWith(LAMBDA)) {
      int end = method.lastIndexOf('$');
      method = end > LAMBDA.length() ? method.substring(LAMBDA.length(), end) : method;
    }
    int end = type.length();
    for (int nested = type.lastIndexOf('$'); isNumbered(type, nested, end); ) {
      end = nested;
      nested = type.lastIndexOf('$', end - 1);
    }
    int start = Math.max(type.lastIndexOf('.', end - 1), type.lastIndexOf('$', end - 1)) + 1;
    return type.substring(start, end) + "." + method;
  }

  /** Whether what stands there is the number of an anonymous class. */
  private static boolean isNumbered(String type, int nested, int end) {
    return nested > 0 && nested + 1 < end && Character.isDigit(type.charAt(nested + 1));
  }

  /** Returns the line of Java alone, without the way to it. */
  public static String lineOf(String text) {
    int end = text.indexOf("): ");
    return end < 0 ? text : text.substring(0, end + 1);
  }

  /** Whether a class of that name is the JDK's or the agent's. */
  public static boolean isJdk(String name) {
    return name.startsWith("java.")
        || name.startsWith("javax.")
        || name.startsWith("jdk.")
        || name.startsWith("sun.")
        || name.startsWith("com.sun.")
        || name.startsWith("io.reaper.core.");
  }
}
