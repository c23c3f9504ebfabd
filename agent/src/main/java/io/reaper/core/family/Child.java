package io.reaper.core.family;

/**
 * A direct child of the worker, as it was recorded when the application started it.
 *
 * @param startedMillis when, in milliseconds after 1970
 * @param process the application's own handle; the JDK has reaped the child once it is not alive
 * @param origin where in the application it was started
 */
public record Child(
    ProcessId id,
    Process process,
    String[] command,
    long startedMillis,
    String thread,
    Origin origin) {

  /** Whether the JDK has collected its exit status. */
  public boolean isCollected() {
    return !process.isAlive();
  }

  /** Who started it: class, method and line. */
  public String startedBy() {
    StackTraceElement frame = origin.firstFrame();
    return frame == null
        ? "thread " + thread
        : frame.getClassName()
            + "."
            + frame.getMethodName()
            + "("
            + frame.getFileName()
            + ":"
            + frame.getLineNumber()
            + ")";
  }

  @Override
  public String toString() {
    return "started by ".concat(startedBy());
  }
}
