package io.reaper.core.ledger;

import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** What a ledger says of a worker, whether the worker lives or not. */
public final class LedgerContents {
  private final ProcessId worker;
  private final int group;
  private final boolean job;
  private final int session;
  private final long mark;
  private final String numberSpace;
  private final String orders;
  private final String logFile;
  private final String options;
  private final String cgroup;
  private final String mainClass;
  private final Set<ProcessId> bystanders;
  private final Set<ProcessId> kept;
  private final ProcessId sentinel;
  private final Map<ProcessId, LedgerEntry> processes;

  public LedgerContents(
      ProcessId worker,
      int group,
      boolean job,
      int session,
      long mark,
      String numberSpace,
      String orders,
      String logFile,
      String options,
      String cgroup,
      String mainClass,
      Set<ProcessId> bystanders,
      Set<ProcessId> kept,
      ProcessId sentinel,
      Map<ProcessId, LedgerEntry> processes) {
    this.worker = worker;
    this.group = group;
    this.job = job;
    this.session = session;
    this.mark = mark;
    this.numberSpace = numberSpace;
    this.orders = orders;
    this.logFile = logFile;
    this.options = options;
    this.cgroup = cgroup;
    this.mainClass = mainClass;
    this.bystanders = bystanders;
    this.kept = kept;
    this.sentinel = sentinel;
    this.processes = processes;
  }

  public ProcessId worker() {
    return worker;
  }

  /** Returns the worker's process group, or 0. */
  public int group() {
    return group;
  }

  /** Returns whether the group is a shell's job, with others in it. */
  public boolean job() {
    return job;
  }

  /** Returns the session that the worker is in. */
  public int session() {
    return session;
  }

  /** Returns what the worker's descendants carry, or 0. */
  public long mark() {
    return mark;
  }

  /** Returns the boot, PID namespace and time namespace that pids and start times are of. */
  public String numberSpace() {
    return numberSpace;
  }

  /** Returns what the sentinel is to do, in its own words. */
  public String orders() {
    return orders;
  }

  /** Returns where the sentinel says what it did, or empty for stderr. */
  public String logFile() {
    return logFile;
  }

  public String options() {
    return options;
  }

  /** Returns the directory of the worker's own cgroup, or empty. */
  public String cgroup() {
    return cgroup;
  }

  /** Returns what the worker was started with: the name of a class, or the path of a jar. */
  public String mainClass() {
    return mainClass;
  }

  /** Returns the processes that, with what they start, are not the worker's. */
  public Set<ProcessId> bystanders() {
    return bystanders;
  }

  /** Returns the processes that may outlive the worker. */
  public Set<ProcessId> kept() {
    return kept;
  }

  /** Returns the worker's sentinel, or null if it has none. */
  public ProcessId sentinel() {
    return sentinel;
  }

  /** Returns the processes known to be the worker's. */
  public Map<ProcessId, LedgerEntry> processes() {
    return processes;
  }

  /** Returns the header alone, as text: what a sentinel is told that reads the rest later. */
  public String header() throws IOException {
    return LedgerFile.text(this);
  }

  /**
   * Returns what a sentinel is told that has no ledger to read: the header, and each process that
   * it must spare.
   */
  public String headerAndSpared() throws IOException {
    return LedgerFile.textWithSpared(this);
  }
}
