package io.reaper.core.family;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The direct children that the application started and the JDK has not collected; and, for the
 * ledger, the worker's other processes, those that may outlive it, and its sentinel.
 */
public final class Family {
  private final Map<ProcessId, Child> children = new ConcurrentHashMap<>();
  private final Set<ProcessId> bystanders = ConcurrentHashMap.newKeySet();
  private Set<ProcessId> descendants = Set.of();
  private volatile Lineage lineage;
  private final FamilyLedger ledger;
  private final KeptProcesses kept;
  private volatile ProcessId sentinel;

  /** Creates a family without processes. */
  public Family(Log log) {
    ledger = new FamilyLedger(log);
    kept = new KeptProcesses(ledger);
  }

  /** Enters what is known, and every change from now on, in that ledger; null for none. */
  public synchronized void keepIn(Ledger other) {
    ledger.begin(other);
    descendants = Set.of();
    if (other != null) {
      for (Child child : children.values()) {
        enterChild(child);
      }
      kept.enter();
    }
  }

  /** Records a child. */
  public void add(Child child) {
    children.put(child.id(), child);
    enterChild(child);
  }

  /** Records a child under the name that was not known until now. */
  void rename(Child before, Child named) {
    children.remove(before.id());
    add(named);
    forget(List.of(before.id()));
  }

  private void enterChild(Child child) {
    if (child.id().start() != ProcessId.UNKNOWN_START) {
      ledger.enter(child.id(), LedgerEntry.Kind.CHILD);
    }
  }

  /** Records the children that this JVM had before the agent looked; returns how many. */
  public int takeUp(ProcFs proc, int self) {
    int taken = 0;
    for (ProcessInfo info : childrenOf(self, proc)) {
      taken += takeUp(info, proc) ? 1 : 0;
    }
    return taken;
  }

  /** Records a child that the JDK does not wait for; returns whether it was not known. */
  public boolean takeUp(ProcessInfo info, ProcFs proc) {
    Child child = PreexistingChild.takenUp(info, proc);
    // A child that is being started right now is, or will be, recorded with more.
    if (info.isZombie()
        || bystanders.contains(info.id())
        || children.putIfAbsent(child.id(), child) != null) {
      return false;
    }
    kept.heedMark(info.id(), proc);
    enterChild(child);
    return true;
  }

  /** Takes over this worker's processes from before it was restarted by execve(2). */
  public void takeOver(LedgerContents before, ProcFs proc) {
    for (ProcessInfo info : proc.read(before.processes().keySet())) {
      // The agent of the program that this process is now took it for a bystander at its start.
      bystanders.remove(info.id());
      takeUp(info, proc);
    }
    bystanders.addAll(before.bystanders());
    kept.takeOver(before.kept(), proc);
  }

  /** Leaves alone processes that were there before the agent, and what descends from them. */
  public void leaveAlone(Set<ProcessId> others) {
    bystanders.addAll(others);
  }

  /** Returns the processes that, with their descendants, are not the worker's. */
  public Set<ProcessId> bystanders() {
    return bystanders;
  }

  /** Records the worker's sentinel, and returns what /proc says of it, or null if it is gone. */
  public ProcessInfo watchedBy(int pid, ProcFs proc) {
    ProcessInfo watching = proc.read(pid);
    sentinel = watching == null ? sentinel : watching.id();
    return watching;
  }

  /** Returns the worker's sentinel, or null. */
  public ProcessId sentinel() {
    return sentinel;
  }

  /** Returns the children of this JVM but the sentinel, which would be killed among them. */
  public List<ProcessInfo> childrenOf(int self, ProcFs proc) {
    return childrenBut(Set.of(), self, proc);
  }

  /** Returns the same but the recorded children, which are the JDK's to wait for. */
  List<ProcessInfo> unrecordedChildrenOf(int self, ProcFs proc) {
    Set<Integer> recorded = new HashSet<>();
    for (ProcessId child : children.keySet()) {
      recorded.add(child.pid());
    }
    return childrenBut(recorded, self, proc);
  }

  private List<ProcessInfo> childrenBut(Set<Integer> known, int self, ProcFs proc) {
    List<ProcessInfo> others = new ArrayList<>();
    for (ProcessInfo child : proc.childrenBut(known, self)) {
      if (!child.id().equals(sentinel)) {
        others.add(child);
      }
    }
    return others;
  }

  /** Traces from now on which child each of the worker's processes descends from; null to stop. */
  public void trace(Lineage lineage) {
    this.lineage = lineage;
  }

  /** Returns which child each of the worker's processes descends from, or null if not traced. */
  public Lineage lineage() {
    return lineage;
  }

  /** Remembers a child that has ended, for the descendants that it may have left. */
  void remember(Child ended) {
    Lineage there = lineage;
    if (there != null) {
      there.hasEnded(ended);
    }
  }

  /** Returns the child that the process descends from, or null if that is not known. */
  public Child ancestorOf(ProcessId descendant) {
    Lineage there = lineage;
    return there == null ? null : there.ancestorOf(descendant);
  }

  /** Records an orphan that the worker has adopted. */
  void adopt(ProcessId orphan) {
    ledger.enter(orphan, LedgerEntry.Kind.ADOPTED);
  }

  /** Whether what is known is entered in a ledger, for after a crash. */
  public boolean isKeptInALedger() {
    return ledger.isThere();
  }

  /** Whether there is a ledger, and all that is known of the worker's processes is in it. */
  public boolean isLedgerWhole() {
    return ledger.isWhole();
  }

  /** Whether the process was alive below one of the worker's children at the last look. */
  synchronized boolean isDescendant(ProcessId id) {
    return descendants.contains(id);
  }

  /**
   * Records what was seen below the worker's children. A process that was seen there once, and
   * lives, stays known: when its parent is killed, a look may miss it on its way to the worker. One
   * that the worker has adopted is its orphan from then on.
   *
   * @param children the living children
   */
  synchronized void descend(Set<ProcessId> below, Set<ProcessId> children, ProcFs proc) {
    Set<ProcessId> living = new HashSet<>(below);
    List<ProcessId> gone = new ArrayList<>();
    for (ProcessId known : descendants) {
      if (!below.contains(known) && !children.contains(known)) {
        if (!proc.isUnseen(known) || kept.all().contains(known) && !proc.isDead(known)) {
          living.add(known);
        } else {
          gone.add(known);
        }
      }
    }
    forget(gone);
    for (ProcessId id : below) {
      boolean isNew = !descendants.contains(id);
      if (isNew) {
        ledger.enter(id, LedgerEntry.Kind.DESCENDANT);
      }
      kept.heedMarkAgain(id, isNew, below.size(), proc);
    }
    descendants = living;
  }

  /** Forgets what is below the worker's children: it is no longer the worker's. */
  public synchronized void forgetDescendants() {
    ledger.clear(descendants, true);
    descendants = Set.of();
  }

  /** Forgets processes that are gone. */
  synchronized void forget(Collection<ProcessId> gone) {
    for (ProcessId id : gone) {
      kept.forget(id);
      if (lineage != null) {
        lineage.forget(id);
      }
    }
    ledger.clear(gone, false);
  }

  /** Forgets the children whose status the JDK has collected, and returns them. */
  public List<Child> removeCollected() {
    List<Child> collected = new ArrayList<>();
    List<ProcessId> gone = new ArrayList<>();
    for (Iterator<Child> each = children.values().iterator(); each.hasNext(); ) {
      Child child = each.next();
      if (child.isCollected()) {
        each.remove();
        gone.add(child.id());
        collected.add(child);
      }
    }
    forget(gone);
    return collected;
  }

  /** Enters where each process was started that has lived long enough for that to be asked. */
  void describe() {
    if (ledger.isThere()) {
      ledger.enterRefused();
      for (Child child : children.values()) {
        ledger.describe(child.id(), child);
      }
      Lineage there = lineage;
      if (there != null) {
        for (Map.Entry<ProcessId, Child> each : there.known().entrySet()) {
          ledger.describe(each.getKey(), each.getValue());
        }
      }
    }
  }

  /** Looks whether children that have become another program since their start carry the mark. */
  synchronized void heedMarks(ProcFs proc) {
    kept.heedMarks(children.values(), proc);
  }

  /** Returns the processes that may outlive the worker. */
  public KeptProcesses kept() {
    return kept;
  }

  /** Returns the recorded child of that pid and start time, or null. */
  public Child get(ProcessId id) {
    return children.get(id);
  }

  /** Whether no child is recorded. */
  public boolean isEmpty() {
    return children.isEmpty();
  }

  /** Returns all recorded children; each prints what started it. */
  public Map<ProcessId, Child> all() {
    return children;
  }
}
