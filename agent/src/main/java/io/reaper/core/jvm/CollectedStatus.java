package io.reaper.core.jvm;

import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;

/**
 * Tells whether the JDK has collected a process's exit status, and which that was, without waiting
 * for the application. Before JDK 21 {@code Process.isAlive} and {@code exitValue} are
 * synchronized: an application that holds the monitor of a process would hold the agent. There the
 * fields behind them are read.
 */
public final class CollectedStatus {
  /** The first release in which they take a lock of their own instead. */
  private static final int FIRST_WITH_A_LOCK = 21;

  private static final Field HAS_EXITED;
  private static final Field EXIT_CODE;

  static {
    Field hasExited = null;
    Field exitCode = null;
    try {
      if (Runtime.version().feature() < FIRST_WITH_A_LOCK) {
        // Where java.lang is not open to the agent, as in run, JDK 11 to 16 would let it in, and
        // print a warning (JEP 261, --illegal-access).
        Class.forName("java.lang.ReaperSeam", false, null);
        Class<?> type = Class.forName("java.lang.ProcessImpl", false, null);
        exitCode = opened(type, "exitcode");
        hasExited = opened(type, "hasExited");
      }
    } catch (ReflectiveOperationException | RuntimeException otherJdk) {
      // Its methods are asked.
    }
    HAS_EXITED = hasExited;
    EXIT_CODE = exitCode;
  }

  private CollectedStatus() {}

  private static Field opened(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static boolean isReadable(Process process) {
    return HAS_EXITED != null && HAS_EXITED.getDeclaringClass() == process.getClass();
  }

  /** Whether the JDK has collected the status. */
  public static boolean isThere(Process process) {
    if (!isReadable(process)) {
      return !process.isAlive();
    }
    try {
      return HAS_EXITED.getBoolean(process);
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the status that the JDK has collected; {@link #isThere} has said so. */
  public static int of(Process process) {
    if (!isReadable(process)) {
      return process.exitValue();
    }
    // The JDK writes the status first.
    VarHandle.acquireFence();
    try {
      return EXIT_CODE.getInt(process);
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
