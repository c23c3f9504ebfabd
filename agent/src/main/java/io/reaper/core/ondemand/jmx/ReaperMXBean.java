package io.reaper.core.ondemand.jmx;

import java.util.List;
import java.util.Map;

/**
 * {@code io.reaper:type=Reaper}: what the worker has, and what can be done about it. The counters
 * count from the first spawn on, or from {@code attach}.
 */
public interface ReaperMXBean {
  /** The agent's version. */
  String getVersion();

  /** The keys of the modes that are on: who dies with the worker. */
  List<String> getModes();

  /** Every option as it holds now, by its key. */
  Map<String, String> getOptions();

  /** Whether a process watches that ends the worker's processes after a crash. */
  boolean isSentinelAlive();

  /** Whether all that is known of the worker's processes is written down for after a crash. */
  boolean isLedgerOk();

  /** What would die with the worker beside its children. */
  List<DescendantRow> getDescendants();

  /** The worker's children at this moment, recorded and adopted. */
  List<ChildRow> getChildren();

  /** How many children the application has started and not lost yet. */
  int getLivingChildren();

  /** How many processes the application has started. */
  long getStarted();

  /** How many of those have ended, and their statuses been collected. */
  long getExited();

  /** How many orphans have come to the worker, which is a subreaper. */
  long getAdopted();

  /** How many of those are gone. */
  long getReaped();

  /** How many processes the agent has ended so far. */
  long getKilled();

  /**
   * Ends one process as the worker's end would: polite signal, grace, SIGKILL. Returns when it is
   * dead; answers false if it would not die.
   *
   * @throws IllegalArgumentException if no mode that is on covers that process, or it is kept
   */
  boolean kill(int pid);

  /**
   * Ends now, the worker itself aside, everybody whom the worker's end would; answers how many
   * there were. The worker goes on.
   */
  int killAll();

  /**
   * That process and its descendants may outlive the worker, however it ends.
   *
   * @throws IllegalArgumentException if no mode that is on covers that process
   */
  void keep(int pid);
}
