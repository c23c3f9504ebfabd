package io.reaper.core.proc;

/**
 * Names a process: by its number, and the time it started, without which the number may by now be
 * another process's.
 */
public final class ProcessId implements Comparable<ProcessId> {
  /** The first process of a PID namespace, to which orphans come (pid_namespaces(7)). */
  public static final int INIT = 1;

  /** All pids have room in so many bits (proc(5), /proc/sys/kernel/pid_max). */
  public static final int PID_BITS = 22;

  /** A tick of {@link #start}, wherever there is a JDK for Linux (time(7), USER_HZ). */
  public static final int TICK_MILLIS = 10;

  private final int pid;
  private final long start;

  public ProcessId(int pid, long start) {
    this.pid = pid;
    this.start = start;
  }

  public int pid() {
    return pid;
  }

  /** Returns its start in clock ticks after boot (proc(5), /proc/PID/stat, field 22). */
  public long start() {
    return start;
  }

  /**
   * The start of a process that could not be looked at; no process has it, so nothing is ever done
   * to one.
   */
  public static final long UNKNOWN_START = 0;

  @Override
  public boolean equals(Object other) {
    return other instanceof ProcessId
        && pid == ((ProcessId) other).pid
        && start == ((ProcessId) other).start;
  }

  @Override
  public int hashCode() {
    return 31 * pid + (int) start;
  }

  /** Compares by number, and two that have had the same number by start. */
  @Override
  public int compareTo(ProcessId other) {
    return pid == other.pid ? Long.compare(start, other.start) : Integer.compare(pid, other.pid);
  }

  /** Returns its start in milliseconds after boot, to a tick. */
  public long startMillis() {
    return start * TICK_MILLIS;
  }

  @Override
  public String toString() {
    return name();
  }

  /** Returns the name as a part of a file's name. */
  public String name() {
    return pid + "-" + start;
  }

  /** Returns the process that a file is named after, between those two; null for any other file. */
  public static ProcessId parse(String file, String before, String after) {
    int dash = file.indexOf('-', before.length());
    int end = after.isEmpty() ? file.length() : file.indexOf(after);
    try {
      return !file.startsWith(before) || dash < 0 || end < dash
          ? null
          : new ProcessId(
              Integer.parseInt(file.substring(before.length(), dash)),
              Long.parseLong(file.substring(dash + 1, end)));
    } catch (IllegalArgumentException other) {
      return null;
    }
  }
}
