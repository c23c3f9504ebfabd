package io.reaper.core.ondemand.jmx;

import java.util.List;
import java.util.Map;

/**
 * Tells, as {@code io.reaper:type=Reaper}, what the worker has, and does what can be done about it.
 * The counters count from the first spawn on, or from {@code attach}.
 */
public interface ReaperMXBean {
  /** Returns the agent's version. */
  String getVersion();

  /** Returns the keys of the modes that are on: they say which processes die with the worker. */
  List<String> getModes();

  /** Returns every option as it holds now, by its key. */
  Map<String, String> getOptions();

  /** Whether a sentinel watches, which kills the worker's processes after a crash. */
  boolean isSentinelAlive();

  /** Whether all that is known of the worker's processes is written down for after a crash. */
  boolean isLedgerOk();

  /** Returns what would die with the worker beside its children. */
  List<DescendantRow> getDescendants();

  /** Returns the worker's children at this moment, recorded and adopted. */
  List<ChildRow> getChildren();

  /** Returns how many children the application has started and not lost yet. */
  int getLivingChildren();

  /** Returns how many processes the application has started. */
  long getStarted();

  /** Returns how many of those have exited, with their statuses collected. */
  long getExited();

  /** Returns how many orphans have come to the worker, which is a subreaper. */
  long getAdopted();

  /** Returns how many of those are gone. */
  long getReaped();

  /** Returns how many processes the agent has killed so far. */
  long getKilled();

  /**
   * Kills one process as the worker's end would: polite signal, grace, SIGKILL. Returns when it is
   * dead; returns false if it would not die, or if it cannot be told whether it is dead.
   *
   * @throws IllegalArgumentException if no mode that is on covers that process, or it is kept
   */
  boolean kill(int pid);

  /**
   * Kills now, the worker itself aside, every process that the worker's end would; returns how many
   * there were. The worker goes on.
   */
  int killAll();

  /**
   * Lets that process, and what descends from it while it lives, outlive the worker, however that
   * ends.
   *
   * @throws IllegalArgumentException if no mode that is on covers that process
   */
  void keep(int pid);
}
