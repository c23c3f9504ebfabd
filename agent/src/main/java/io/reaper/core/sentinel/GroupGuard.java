package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.observe.Log;
import io.reaper.core.spawn.OwnProcesses;

/**
 * Guards the worker's process group, which is all that can be guarded where there is no /proc: a
 * member is known by its being one, and no look can spare one that may outlive the worker.
 */
final class GroupGuard {
  private final Family family;
  private final Containment containment;
  private final OwnProcesses ownProcesses;
  private final int worker;
  private final Log log;
  private volatile GroupSentinel sentinel;

  /**
   * Creates the guard, which does nothing before {@link #start}.
   *
   * @param worker the worker, which leads the group
   */
  GroupGuard(
      Family family, Containment containment, OwnProcesses ownProcesses, int worker, Log log) {
    this.family = family;
    this.containment = containment;
    this.ownProcesses = ownProcesses;
    this.worker = worker;
    this.log = log;
  }

  /** Starts a sentinel, if there is a group and all of it may be killed. */
  void start() {
    if (containment.group() != 0 && family.kept().all().isEmpty()) {
      sentinel = GroupSentinel.start(ownProcesses, worker, log);
    }
  }

  /** Whether a sentinel watches. */
  boolean isOn() {
    return sentinel != null;
  }

  /**
   * Heeds changed options, while a sentinel watches.
   *
   * @param wanted whether there is still to be a sentinel
   */
  void change(boolean wanted) {
    heedKept();
    if (containment.group() == 0 || !wanted) {
      stop();
    }
  }

  /** Gives the group up if it holds a process that may outlive the worker. */
  void heedKept() {
    if (isOn() && !family.kept().all().isEmpty()) {
      log.warn(
          "the process group is left alone, as it holds a process that may outlive the worker");
      stop();
    }
  }

  /** Dismisses the sentinel, if there is one. */
  void stop() {
    GroupSentinel watching = sentinel;
    if (watching != null) {
      watching.dismiss();
      sentinel = null;
    }
  }
}
