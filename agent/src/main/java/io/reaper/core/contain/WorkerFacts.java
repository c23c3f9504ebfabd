package io.reaper.core.contain;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.family.Child;
import io.reaper.core.family.Lineage;
import io.reaper.core.family.Provenance;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What is known of a worker when it comes to its end. */
public final class WorkerFacts implements Supplier<WorkerFacts> {
  /**
   * Bounds the walk to the ancestors: a snapshot is no moment, and reused pids may close a circle.
   */
  private static final int LONGEST_LINE = 10_000;

  private final int worker;
  private final long since;
  private final int group;
  private final int session;
  private final Set<ProcessId> bystanders;
  private final long mark;
  private final Map<ProcessId, ? extends Reason> recorded;
  private final ProcessId sentinel;
  private Lineage lineage;

  public WorkerFacts(
      int worker,
      long since,
      int group,
      int session,
      Set<ProcessId> bystanders,
      long mark,
      Map<ProcessId, ? extends Reason> recorded,
      ProcessId sentinel) {
    this.worker = worker;
    this.since = since;
    this.group = group;
    this.session = session;
    this.bystanders = bystanders;
    this.mark = mark;
    this.recorded = recorded;
    this.sentinel = sentinel;
  }

  /** Returns the pid of the worker, whose children have it as parent, or {@link #GONE}. */
  public int worker() {
    return worker;
  }

  /** Returns when the worker started, in clock ticks after boot. */
  public long since() {
    return since;
  }

  /** Returns the process group that is the worker's own, or 0. */
  public int group() {
    return group;
  }

  /** Returns the worker's session, or {@link #UNKNOWN}. */
  public int session() {
    return session;
  }

  /** Returns a child that lives and cannot be looked at, with what is recorded of it. */
  Target hiddenChild(int child) {
    ProcessId id = new ProcessId(child, ProcessId.UNKNOWN_START);
    Reason reason = Reason.of("child");
    String name = "?";
    for (Map.Entry<ProcessId, ? extends Reason> each : recorded.entrySet()) {
      if (each.getKey().pid() == child && each.getValue() instanceof Child) {
        reason = each.getValue();
        name = ((Child) each.getValue()).program();
      }
    }
    return new Target(new ProcessInfo(id, '?', worker, 0, 0, name), reason);
  }

  /** Whether a child of that number was there before the agent. */
  boolean isBystander(int child) {
    for (ProcessId bystander : bystanders) {
      if (bystander.pid() == child) {
        return true;
      }
    }
    return false;
  }

  /** Returns the processes recorded as the worker's; each value says how that is known. */
  public Map<ProcessId, ? extends Reason> recorded() {
    return recorded;
  }

  /** Returns the worker's sentinel, whatever its parent is, or null. */
  public ProcessId sentinel() {
    return sentinel;
  }

  /** Adds what each process of the worker's descends from; returns these facts. */
  public WorkerFacts tracedBy(Lineage known) {
    lineage = known;
    return this;
  }

  /**
   * Whether the worker's native code may have forked that process by vfork(2), a moment ago: the
   * agent waits for the starts that it knows.
   */
  boolean mayShareMemory(ProcessInfo process, ProcFs proc) {
    return process.parent() == worker
        && !recorded.containsKey(process.id())
        && proc.details(process.pid()).mayShareMemoryWith(proc.details(worker));
  }

  /** Returns why a process is the worker's: what was recorded, or what it descends from. */
  Reason reason(ProcessInfo process, Snapshot all, String word) {
    Reason known = recorded.get(process.id());
    return known == null ? descent(process, all, word) : known;
  }

  /**
   * Returns why a process that is not recorded is the worker's, with the line of Java that started
   * what it descends from as far as that is known.
   *
   * @param word what the process is in the view of a mode
   */
  Reason descent(ProcessInfo process, Snapshot all, String word) {
    ProcessInfo at = process;
    for (int step = 0; at != null && step < LONGEST_LINE; step++) {
      Reason known = recorded.get(at.id());
      if (known != null) {
        // The text of a descendant is that of the child above it.
        boolean isAbove = known instanceof LedgerEntry && ((LedgerEntry) known).isBelowAChild();
        String name = isAbove ? null : at.name() + "[" + at.pid() + "]";
        return new Descent(word, name, isAbove ? 0 : at.pid(), known);
      }
      at = at.parent() == worker ? null : all.get(at.parent());
    }
    Child ancestor = lineage == null ? null : lineage.ancestorOf(process.id());
    if (ancestor == null) {
      return Reason.of(word);
    }
    String name = ancestor.program() + "[" + ancestor.id().pid() + "]";
    // It descends from a child, and has the worker as its parent by now.
    String what = process.parent() == worker ? Descent.ORPHAN : word;
    return new Descent(what, name, ancestor.id().pid(), ancestor);
  }

  /** The pid of a worker that is dead: no process has it as parent. */
  public static final int GONE = -1;

  /** A session that is not known: that of a process outside of this PID namespace, for one. */
  public static final int UNKNOWN = 0;

  /**
   * Returns what a ledger says of its worker.
   *
   * @param worker the pid of the worker if it lives, or {@link #GONE}
   * @param recorded the processes in the ledger, and what else has been found out since
   */
  public static WorkerFacts of(
      LedgerContents ledger, int worker, Map<ProcessId, ? extends Reason> recorded) {
    return new WorkerFacts(
        worker,
        ledger.worker().start(),
        ledger.group(),
        ledger.session(),
        ledger.bystanders(),
        ledger.mark(),
        recorded,
        ledger.sentinel());
  }

  /** Returns what tells the worker's processes from others'. */
  public Provenance provenance(ProcFs proc) {
    return new Provenance(proc, worker, bystanders, mark);
  }

  /**
   * Returns the pids of the sentinel and of its ancestors. The process that ends the worker's
   * processes is a child of the one that has watched, and both carry the worker's mark.
   */
  Set<Integer> watching(Snapshot all) {
    Set<Integer> watching = new HashSet<>();
    ProcessInfo at = sentinel == null ? null : all.get(sentinel.pid());
    while (at != null && watching.add(at.pid())) {
      at = all.get(at.parent());
    }
    return watching;
  }

  /**
   * Returns itself: of a worker that is dead, or is only looked at, nothing more comes to be known.
   */
  @Override
  public WorkerFacts get() {
    return this;
  }
}
