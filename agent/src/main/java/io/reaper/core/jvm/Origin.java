package io.reaper.core.jvm;

/**
 * Where a process was started. A stack that is kept as the JVM has it, and read only if somebody
 * asks, costs a start the fewest microseconds; it is never thrown.
 */
@SuppressWarnings("serial")
public final class Origin extends Throwable {
  /** Here. */
  public Origin() {
    super(null, null, false, true);
  }

  /** The first frame outside the JDK and the agent, or null if a thread of the JDK's own did it. */
  public StackTraceElement firstFrame() {
    for (StackTraceElement frame : getStackTrace()) {
      if (!isJdk(frame.getClassName())) {
        return frame;
      }
    }
    return null;
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
