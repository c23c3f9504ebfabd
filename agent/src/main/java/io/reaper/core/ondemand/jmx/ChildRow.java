package io.reaper.core.ondemand.jmx;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcessInfo;

/** Describes one child of the worker, as a row of JMX's composite data. */
public final class ChildRow {
  private final ProcessInfo process;
  private final Child child;
  private final String command;
  private final String startedBy;
  private final boolean kept;

  /**
   * Describes the child as it is now.
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

  /** Returns its pid. */
  public int getPid() {
    return process.pid();
  }

  /** Returns the name that it has now. */
  public String getName() {
    return process.name();
  }

  /** Returns the command that it was started with. */
  public String getCommand() {
    return command;
  }

  /**
   * Returns class, method and line that started it, or, of an adopted orphan, the child that it
   * descends from; empty if that is not known.
   */
  public String getStartedBy() {
    return startedBy;
  }

  /** Returns the thread that started it; empty if the start was not recorded. */
  public String getThread() {
    return child == null ? "" : child.thread();
  }

  /** Returns when it was started, in milliseconds after 1970; 0 if the start was not recorded. */
  public long getStartedMillis() {
    return child == null ? 0 : child.startedMillis();
  }

  /** Whether it is an orphan that has come to the worker. */
  public boolean isAdopted() {
    return child == null;
  }

  /** Whether it may outlive the worker because an operator said so. */
  public boolean isKept() {
    return kept;
  }
}
