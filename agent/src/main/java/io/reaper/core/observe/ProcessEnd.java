package io.reaper.core.observe;

/** Holds what is known of a process that the agent has killed, or would have killed and left. */
public final class ProcessEnd {
  private final int pid;
  private final int parent;
  private final String name;
  private final String command;
  private final long memoryBytes;
  private final long ageMillis;
  private final Reason reason;
  private final String signal;
  private final long tookMillis;

  /**
   * Creates it.
   *
   * @param parent its parent's pid when it was found
   * @param name as the kernel has it (proc(5), comm)
   * @param command the words that it was started with, or empty if they were not read
   * @param memoryBytes its resident set when it was found, or 0 if it was not read
   * @param ageMillis from its start until now
   * @param reason why it was the worker's
   * @param signal the last one that it was sent, or empty
   * @param tookMillis from the first signal until it was seen dead
   */
  public ProcessEnd(
      int pid,
      int parent,
      String name,
      String command,
      long memoryBytes,
      long ageMillis,
      Reason reason,
      String signal,
      long tookMillis) {
    this.pid = pid;
    this.parent = parent;
    this.name = name;
    this.command = command;
    this.memoryBytes = memoryBytes;
    this.ageMillis = ageMillis;
    this.reason = reason;
    this.signal = signal;
    this.tookMillis = tookMillis;
  }

  public int pid() {
    return pid;
  }

  public int parent() {
    return parent;
  }

  public String name() {
    return name;
  }

  public String command() {
    return command;
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  public long ageMillis() {
    return ageMillis;
  }

  public Reason reason() {
    return reason;
  }

  public String signal() {
    return signal;
  }

  public long tookMillis() {
    return tookMillis;
  }
}
