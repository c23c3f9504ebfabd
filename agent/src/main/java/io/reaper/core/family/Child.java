package io.reaper.core.family;

import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;

/** A direct child of the worker, as it was recorded when the application started it. */
public final class Child implements Reason {
  private final ProcessId id;
  private final Process process;
  private final String[] command;
  private final long startedMillis;
  private final String thread;
  private final Origin origin;

  public Child(
      ProcessId id,
      Process process,
      String[] command,
      long startedMillis,
      String thread,
      Origin origin) {
    this.id = id;
    this.process = process;
    this.command = command;
    this.startedMillis = startedMillis;
    this.thread = thread;
    this.origin = origin;
  }

  public ProcessId id() {
    return id;
  }

  /** Returns the application's own handle; the JDK has reaped the child once it is not alive. */
  public Process process() {
    return process;
  }

  public String[] command() {
    return command;
  }

  /** Returns when it was started, in milliseconds after 1970. */
  public long startedMillis() {
    return startedMillis;
  }

  public String thread() {
    return thread;
  }

  /** Returns where in the application it was started, or null if nobody saw it. */

  /** One that was there before the agent. */
  static Child takenUp(ProcessInfo info, ProcFs proc) {
    return new Child(
        info.id(), new PreexistingChild(info.id(), proc), proc.command(info.pid()), 0, "", null);
  }

  /** The base name of the program that the application asked for. */
  public String program() {
    String program = command.length == 0 ? "?" : command[0];
    return program.substring(program.lastIndexOf('/') + 1);
  }

  /** Whether the JDK has collected its exit status. */
  public boolean isCollected() {
    return !process.isAlive();
  }

  /** Milliseconds since its start, as far as that was seen. */
  long ageMillis() {
    return startedMillis == 0 ? 0 : System.currentTimeMillis() - startedMillis;
  }

  @Override
  public String startedBy() {
    if (origin == null) {
      return "";
    }
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
    return origin == null ? "a child from before the agent" : "started by ".concat(startedBy());
  }
}
