package io.reaper.core.spawn;

/**
 * Holds a start that has begun on this thread, on top of the one in the middle of which it was
 * made, if any: the JDK calls the application in the middle of a start (the list of the command,
 * the directory, a redirect's file), which may start another there.
 */
final class StartStack {
  /** The command of a start on a JDK that makes no copy of it. */
  static final String[] UNTOLD = {};

  private static final ThreadLocal<StartStack> TOP = new ThreadLocal<>();

  private final StartStack outer;
  private final boolean marked;
  private final long begunNanos = System.nanoTime();

  /**
   * The command as the JDK has copied it, because the application's list may return something else
   * a second time, or throw.
   */
  private String[] command = UNTOLD;

  private StartStack(StartStack outer, boolean marked) {
    this.outer = outer;
    this.marked = marked;
  }

  /** Returns the start that is under way on this thread, the inner one of several, or null. */
  static StartStack top() {
    return TOP.get();
  }

  /**
   * Begins a start; returns whether it is the outer one.
   *
   * @param marked whether the application has marked the process as one that may outlive the worker
   */
  static boolean begin(boolean marked) {
    StartStack outer = TOP.get();
    while (outer != null && !outer.isOnStack()) {
      outer = outer.outer;
    }
    TOP.set(new StartStack(outer, marked));
    return outer == null;
  }

  /** Ends the inner start; returns whether it was the outer one, too. */
  static boolean end() {
    StartStack start = TOP.get();
    if (start != null && start.outer != null) {
      TOP.set(start.outer);
      return false;
    }
    TOP.remove();
    return true;
  }

  boolean isMarked() {
    return marked;
  }

  /** Returns the milliseconds since it has begun. */
  long ageMillis() {
    return (System.nanoTime() - begunNanos) / 1_000_000;
  }

  String[] command() {
    return command;
  }

  void commandIs(String[] words) {
    command = words;
  }

  /** Whether the start is still on the stack of calls. One that is not has ended unnoticed. */
  private boolean isOnStack() {
    int depth = 1;
    for (StartStack each = this; each != null; each = each.outer) {
      depth++;
    }
    // JDK 25 returns descriptors only to a walker with this option.
    return depth
        <= StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .walk(frames -> frames.filter(StartStack::isSeam).count());
  }

  private static boolean isSeam(StackWalker.StackFrame frame) {
    return frame.getClassName().equals("java.lang.ProcessBuilder")
        && frame.getMethodName().equals(Weaver.METHOD)
        && frame.getDescriptor().equals(Weaver.TYPE);
  }
}
