package io.reaper.core.proc;

/** Describes one process as the kernel shows it at one moment. */
public final class ProcessInfo {
  private final ProcessId id;
  private final char state;
  private final int parent;
  private final int group;
  private final int session;
  private final String name;

  public ProcessInfo(ProcessId id, char state, int parent, int group, int session, String name) {
    this.id = id;
    this.state = state;
    this.parent = parent;
    this.group = group;
    this.session = session;
    this.name = name;
  }

  public ProcessId id() {
    return id;
  }

  /** Returns the letter of proc(5): R, S, D, T (stopped), Z (zombie), ... */
  public char state() {
    return state;
  }

  public int parent() {
    return parent;
  }

  public int group() {
    return group;
  }

  public int session() {
    return session;
  }

  /** Returns the executable's name, cut at 15 characters. */
  public String name() {
    return name;
  }

  /** Returns the process's number. */
  public int pid() {
    return id.pid();
  }

  /** Whether the process has ended and waits to be reaped. */
  public boolean isZombie() {
    return state == 'Z' || state == 'X';
  }

  /** Whether the process was stopped by a signal. */
  public boolean isStopped() {
    return state == 'T';
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProcessInfo && toString().equals(other.toString());
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** Returns it much as /proc/PID/stat has it. */
  @Override
  public String toString() {
    return id + " (" + name + ") " + state + " " + parent + " " + group + " " + session;
  }
}
