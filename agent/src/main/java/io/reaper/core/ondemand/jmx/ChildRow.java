package io.reaper.core.ondemand.jmx;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcessInfo;

/** One child of the worker, as a row of JMX's composite data. */
public final class ChildRow {
  private final ProcessInfo process;
  private final Child child;
  private final String command;
  private final String startedBy;
  private final boolean kept;

  /**
   * As it is now.
   *
   * @param child what was recorded of it, or null if it was adopted
   */
  ChildRow(ProcessInfo process, Child child, String command, String startedBy, boolean kept) {
    this.process = process;
    this.child = child;
    this.command = command;
    this.startedBy = startedBy;
    this.kept = kept;
  }

  /** Its number. */
  public int getPid() {
    return process.pid();
  }

  /** The name that it has now. */
  public String getName() {
    return process.name();
  }

  /** The command that it was started with. */
  public String getCommand() {
    return command;
  }

  /**
   * Class, method and line that started it, or, of an adopted orphan, the child that it descends
   * from; empty if that is not known.
   */
  public String getStartedBy() {
    return startedBy;
  }

  /** The thread that started it; empty if nobody saw it. */
  public String getThread() {
    return child == null ? "" : child.thread();
  }

  /** When it was started, in milliseconds after 1970; 0 if nobody saw it. */
  public long getStartedMillis() {
    return child == null ? 0 : child.startedMillis();
  }

  /** Whether it is an orphan that has come to the worker. */
  public boolean isAdopted() {
    return child == null;
  }

  /** Whether it may outlive the worker by an operator's word. */
  public boolean isKept() {
    return kept;
  }
}
