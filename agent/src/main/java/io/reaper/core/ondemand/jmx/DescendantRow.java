package io.reaper.core.ondemand.jmx;

import io.reaper.core.end.Targets.Target;

/**
 * Describes one process that would die with the worker and is no child of it, as a row of JMX's
 * data.
 */
public final class DescendantRow {
  private final Target target;
  private final String command;

  DescendantRow(Target target, String command) {
    this.target = target;
    this.command = command;
  }

  /** Returns its pid. */
  public int getPid() {
    return target.id().pid();
  }

  /** Returns the pid of its parent. */
  public int getParent() {
    return target.process().parent();
  }

  /** Returns the name that it has now. */
  public String getName() {
    return target.process().name();
  }

  /** Returns the command that it runs. */
  public String getCommand() {
    return command;
  }

  /**
   * Returns class, method and line that started the child that it descends from; empty if unknown.
   */
  public String getStartedBy() {
    return target.reason().startedBy();
  }

  /** Returns why it is the worker's. */
  public String getReason() {
    return target.reason().toString();
  }
}
