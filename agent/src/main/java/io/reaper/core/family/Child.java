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

  /** One that was there before the agent. */
  static Child takenUp(ProcessInfo info, ProcFs proc) {
    return new Child(
        info.id(),
        new PreexistingChild(info.id(), proc),
        proc.details(info.pid()).command(),
        0,
        "",
        null);
  }

  /** The base name of the program that the application asked for. */
  public String program() {
    String program = command.length == 0 ? "?" : command[0];
    return program.substring(program.lastIndexOf('/') + 1);
  }

  /**
   * Returns what is known of its start alone: the JDK's object may hold all that the child has
   * written.
   */
  Child withoutProcess() {
    return process == null
        ? this
        : new Child(id, null, new String[] {program()}, startedMillis, thread, origin);
  }

  /** Whether the JDK has collected its exit status. */
  public boolean isCollected() {
    return !process.isAlive();
  }

  /** Milliseconds since its start, as far as that was seen. */
  long ageMillis() {
    return startedMillis == 0 ? 0 : System.currentTimeMillis() - startedMillis;
  }

  /**
   * Returns what started it: class, method and line, and the way to it; empty if that was not seen.
   */
  @Override
  public String startedBy() {
    return startedBy(Integer.MAX_VALUE);
  }

  /**
   * Returns the same in a bounded space.
   *
   * @param longest the most bytes that the way to the line may make it
   */
  String startedBy(int longest) {
    if (origin == null) {
      return "";
    }
    String text = origin.text(longest);
    return text == null ? "thread ".concat(thread) : text;
  }

  @Override
  public String toString() {
    return origin == null ? "a child from before the agent" : "started by ".concat(startedBy());
  }
}
