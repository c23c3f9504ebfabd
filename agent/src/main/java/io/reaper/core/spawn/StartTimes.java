package io.reaper.core.spawn;

import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcessId;
import java.lang.reflect.Field;

/**
 * Reads the start time of a child as the JDK has read it itself, after the fork and before anything
 * could collect the child ({@code ProcessHandleImpl.startTime}: the clock ticks of proc(5),
 * /proc/PID/stat, in milliseconds, on top of the second of the boot). Reading it once more would
 * cost a warm start as much as all the rest that is done for it.
 */
final class StartTimes {
  /** The number of children that must agree on the second of the boot before it is believed. */
  private static final int AGREED = 3;

  private final Log log;
  private Field handle;
  private volatile Field startTime;
  private volatile long boot;
  private long supposed;
  private int agreeing;

  StartTimes(Log log) {
    this.log = log;
  }

  /** Makes the start times readable; their package is open to the agent once the seam is there. */
  void open() {
    try {
      handle = field("java.lang.ProcessImpl", "processHandle");
      startTime = field("java.lang.ProcessHandleImpl", "startTime");
    } catch (ReflectiveOperationException | RuntimeException refused) {
      log.debug("the JDK does not tell when a child was started: " + refused);
    }
  }

  private static Field field(String type, String name) throws ReflectiveOperationException {
    Field field = Class.forName(type, false, null).getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  /** Returns the name of that child, or null if it is not known in this way. */
  ProcessId of(Process process, int pid) throws IllegalAccessException {
    long millis = boot == 0 ? 0 : millis(process);
    return millis <= boot ? null : new ProcessId(pid, (millis - boot) / ProcessId.TICK_MILLIS);
  }

  /**
   * Returns the JDK's start time from its field, because Process.toHandle() would ask whether the
   * application may have a handle.
   */
  private long millis(Process process) throws IllegalAccessException {
    return handle.getDeclaringClass().isInstance(process)
        ? startTime.getLong(handle.get(process))
        : 0;
  }

  /** Learns the second of the boot from a child whose name the kernel has told. */
  synchronized void learn(Process process, ProcessId id) throws IllegalAccessException {
    long millis = startTime == null || agreeing == AGREED ? 0 : millis(process);
    if (millis <= 0) {
      return;
    }
    long said = millis - id.start() * ProcessId.TICK_MILLIS;
    agreeing = said == supposed ? agreeing + 1 : 1;
    supposed = said;
    if (agreeing == AGREED) {
      boot = said;
    }
  }
}
