package io.reaper.core.family;

import io.reaper.core.jvm.CollectedStatus;
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

  /** When the child was recorded; the time of day may be set back. */
  private final long recordedNanos;

  public Child(
      ProcessId id,
      Process process,
      String[] command,
      long startedMillis,
      String thread,
      Origin origin) {
    this(id, process, command, startedMillis, thread, origin, System.nanoTime());
  }

  private Child(
      ProcessId id,
      Process process,
      String[] command,
      long startedMillis,
      String thread,
      Origin origin,
      long recordedNanos) {
    this.id = id;
    this.process = process;
    this.command = command;
    this.startedMillis = startedMillis;
    this.thread = thread;
    this.origin = origin;
    this.recordedNanos = recordedNanos;
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

  /** Returns when the child was started, in milliseconds after 1970. */
  public long startedMillis() {
    return startedMillis;
  }

  public String thread() {
    return thread;
  }

  /** Returns the base name of the program that the application asked for. */
  public String program() {
    String program = command.length == 0 ? "?" : command[0];
    return program.substring(program.lastIndexOf('/') + 1);
  }

  /**
   * Returns what is known of the child's start, without the JDK's object, which may hold all that
   * the child has written.
   */
  Child withoutProcess() {
    return process == null ? this : withoutProcess(origin);
  }

  /** Returns the same for a child that has ended: its application may be taken away. */
  Child withoutClasses() {
    return withoutProcess(origin == null ? null : origin.withoutClasses());
  }

  private Child withoutProcess(Origin from) {
    return new Child(
        id, null, new String[] {program()}, startedMillis, thread, from, recordedNanos);
  }

  /**
   * Returns the child with its start time, if that was not known and can be read by now; else this.
   * Where /proc hides processes, one that has just become another program is hidden for a moment,
   * if its worker is (execve(2): it is dumpable again after the files have been closed).
   */
  Child named(ProcFs proc) {
    ProcessInfo info = id.start() == ProcessId.UNKNOWN_START ? proc.read(id.pid()) : null;
    // A child of this JVM's, and alive after the look: the look was at this very process.
    return info == null || info.id().equals(id) || info.parent() != proc.self() || isCollected()
        ? this
        : new Child(info.id(), process, command, startedMillis, thread, origin, recordedNanos);
  }

  /** Whether the JDK has collected the child's exit status. */
  public boolean isCollected() {
    return CollectedStatus.isThere(process);
  }

  /** Returns the exit status that the JDK has collected. */
  int status() {
    return CollectedStatus.of(process);
  }

  /** Returns the milliseconds since the child's start, or 0 if that was not seen. */
  long ageMillis() {
    return startedMillis == 0 ? 0 : (System.nanoTime() - recordedNanos) / 1_000_000;
  }

  /**
   * Returns what started the child: class, method and line, and the calls that led there; empty if
   * that was not seen.
   */
  @Override
  public String startedBy() {
    return startedBy(Integer.MAX_VALUE);
  }

  /**
   * Returns what started the child, in a text of bounded length.
   *
   * @param longest the most bytes to which the calls that led there may lengthen the text
   */
  String startedBy(int longest) {
    if (origin == null) {
      return "";
    }
    String text = origin.text(longest);
    return text == null ? "thread ".concat(thread) : text;
  }

  @Override
  public int child() {
    return id.pid();
  }

  @Override
  public String toString() {
    return origin == null ? "a child from before the agent" : "started by ".concat(startedBy());
  }
}
