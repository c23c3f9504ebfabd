package io.reaper.core.family;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
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
 * ledger, who else is the worker's, who may outlive it, and who watches over it.
 */
public final class Family {
  /** The entry of an environment by which a process is given leave to outlive the worker. */
  public static final String MARK = "REAPER_KEEP=true";

  private static final String MARK_NAME = MARK.substring(0, MARK.indexOf('='));
  private static final String MARK_VALUE = MARK.substring(MARK.indexOf('=') + 1);

  /** By then a child has become the program that it was to be. */
  private static final long SETTLED_MILLIS = 100;

  private final Map<ProcessId, Child> children = new ConcurrentHashMap<>();

  private final Set<ProcessId> kept = ConcurrentHashMap.newKeySet();
  private final Set<ProcessId> bystanders = ConcurrentHashMap.newKeySet();

  private Set<ProcessId> descendants = Set.of();

  /** Those whose environment was looked at, and will not be a second time. */
  private final Set<ProcessId> settled = new HashSet<>();

  private volatile boolean marksCount;
  private volatile Lineage lineage;

  private final Log log;
  private volatile ProcessId sentinel;
  private volatile Ledger ledger;
  private boolean told;

  /** Nobody yet. */
  public Family(Log log) {
    this.log = log;
  }

  /** From now on every change is entered there, too; null: nowhere. */
  public synchronized void keepIn(Ledger ledger) {
    this.ledger = ledger;
    descendants = Set.of();
    if (ledger != null) {
      for (Child child : children.values()) {
        enterChild(child);
      }
      for (ProcessId each : kept) {
        keep(each);
      }
    }
  }

  /** Records a child. */
  public void add(Child child) {
    children.put(child.id(), child);
    enterChild(child);
  }

  private void enterChild(Child child) {
    if (child.id().start() != ProcessId.UNKNOWN_START) {
      enter(child.id(), LedgerEntry.Kind.CHILD);
    }
  }

  /** Takes up the children that this JVM had before anybody looked; answers how many. */
  public int takeUp(ProcFs proc, int self) {
    int taken = 0;
    for (ProcessInfo info : childrenOf(self, proc)) {
      Child child = Child.takenUp(info, proc);
      // One that the application is starting right now is, or will be, recorded with more.
      if (!info.isZombie()
          && !bystanders.contains(info.id())
          && children.putIfAbsent(child.id(), child) == null) {
        enterChild(child);
        taken++;
      }
    }
    return taken;
  }

  /** Takes over who was this worker's before it was restarted by execve(2). */
  public void takeOver(LedgerContents before, ProcFs proc) {
    for (ProcessInfo info : proc.read(before.processes().keySet())) {
      // Whoever came in at the start of what this process is now took it for a bystander.
      bystanders.remove(info.id());
      if (!info.isZombie()) {
        children.putIfAbsent(info.id(), Child.takenUp(info, proc));
      }
    }
    bystanders.addAll(before.bystanders());
    for (ProcessInfo info : proc.read(before.kept())) {
      keep(info.id());
    }
  }

  /**
   * Leaves alone the children that this JVM had when the agent came in at its start, and what
   * descends from them: an entry script may have started them before it became the JVM.
   *
   * @param numbers each followed by a space, or null if they are not known
   */
  public void leaveAlone(String numbers, ProcFs proc, int self) {
    if (numbers == null) {
      for (ProcessInfo child : proc.children(self)) {
        bystanders.add(child.id());
      }
      return;
    }
    int begin = 0;
    for (int end = numbers.indexOf(' '); end >= 0; end = numbers.indexOf(' ', begin)) {
      int pid = Integer.parseInt(numbers.substring(begin, end));
      ProcessInfo child = proc.read(pid);
      // One that has ended since may have left orphans.
      boolean isThere = child != null && child.parent() == self;
      bystanders.add(isThere ? child.id() : new ProcessId(pid, ProcessId.UNKNOWN_START));
      begin = end + 1;
    }
  }

  /** Leaves alone processes that were there before the agent, and what descends from them. */
  public void leaveAlone(Set<ProcessId> others) {
    bystanders.addAll(others);
  }

  /** Returns the processes that are not the worker's, nor is what descends from them. */
  public Set<ProcessId> bystanders() {
    return bystanders;
  }

  /**
   * The process of that number watches over the worker now, and is none of the application's.
   * Answers how it is, or null if there is none.
   */
  public ProcessInfo watchedBy(int pid, ProcFs proc) {
    ProcessInfo watching = proc.read(pid);
    if (watching != null) {
      sentinel = watching.id();
    }
    return watching;
  }

  /** Who watches over the worker, or null. */
  public ProcessId sentinel() {
    return sentinel;
  }

  /** The children of this JVM but the sentinel, which hangs there where it would be killed. */
  public List<ProcessInfo> childrenOf(int self, ProcFs proc) {
    return childrenBut(Set.of(), self, proc);
  }

  /** Returns the same but those that are recorded, which are the JDK's to wait for. */
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

  /** Remembers from now on what each process of the worker's descends from; null: no more. */
  public void trace(Lineage lineage) {
    this.lineage = lineage;
  }

  /** Returns what each process of the worker's descends from, or null if that is not looked at. */
  public Lineage lineage() {
    return lineage;
  }

  /** Remembers a child that has ended, for what it may have left. */
  void remember(Child ended) {
    Lineage there = lineage;
    if (there != null) {
      there.hasEnded(ended);
    }
  }

  /** Returns what the orphan was started by: the line that started the child it descends from. */
  String startedBy(ProcessId descendant) {
    Lineage there = lineage;
    Child ancestor = there == null ? null : there.ancestorOf(descendant);
    return ancestor == null ? "" : ancestor.startedBy();
  }

  /** Records an orphan that has come to the worker. */
  void adopt(ProcessId orphan) {
    enter(orphan, LedgerEntry.Kind.ADOPTED);
  }

  /** Whether what is known is entered somewhere, for after a crash. */
  public boolean isKeptInALedger() {
    return ledger != null;
  }

  /** Whether it was alive below one of the worker's children when somebody last looked. */
  synchronized boolean isDescendant(ProcessId id) {
    return descendants.contains(id);
  }

  /**
   * These have been seen below the worker's children. Who was once, and lives, stays known: when
   * its parent is killed, a look may miss it on its way to the worker. Whom the worker has adopted
   * is an orphan of its own from then on.
   *
   * @param children the living children
   */
  synchronized void descend(Set<ProcessId> below, Set<ProcessId> children, ProcFs proc) {
    Set<ProcessId> living = new HashSet<>(below);
    List<ProcessId> gone = new ArrayList<>();
    for (ProcessId known : descendants) {
      if (!below.contains(known) && !children.contains(known)) {
        if (proc.isAlive(known)) {
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
        enter(id, LedgerEntry.Kind.DESCENDANT);
      }
      if (isNew || settled.add(id)) {
        heedMark(id, proc);
      }
    }
    descendants = living;
  }

  /** What is below the worker's children is no affair of the worker's any more. */
  public synchronized void forgetDescendants() {
    clear(descendants);
    descendants = Set.of();
  }

  /** Those are gone. */
  synchronized void forget(Collection<ProcessId> gone) {
    for (ProcessId id : gone) {
      kept.remove(id);
      settled.remove(id);
      if (lineage != null) {
        lineage.forget(id);
      }
    }
    clear(gone);
  }

  private void clear(Collection<ProcessId> gone) {
    try {
      if (ledger != null) {
        ledger.clear(gone);
      }
    } catch (IOException refused) {
      // A slot that stays names a start time that nobody will ever have again.
      log.debug("cannot clear a slot of the ledger: " + refused.getMessage());
    }
  }

  private void enter(ProcessId id, LedgerEntry.Kind kind) {
    Ledger there = ledger;
    try {
      if (there != null && !there.enter(id, kind)) {
        tellOnce("the ledger is full");
      }
    } catch (IOException refused) {
      // At the worker's end it is closed while somebody may be writing.
      if (there == ledger) {
        tellOnce("the ledger cannot grow: " + refused.getMessage());
      }
    }
  }

  private synchronized void tellOnce(String why) {
    if (!told) {
      told = true;
      log.warn(why + "; if this worker is killed, some of its processes may outlive it");
    }
  }

  /** Forgets those whose status the JDK has collected, and answers them. */
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

  /** Enters where those were started who have lived long enough for somebody to ask. */
  void describe() {
    try {
      if (ledger != null) {
        for (Child child : children.values()) {
          describe(child.id(), child);
        }
        Lineage there = lineage;
        if (there != null) {
          for (Map.Entry<ProcessId, Child> each : there.known().entrySet()) {
            describe(each.getKey(), each.getValue());
          }
        }
      }
    } catch (IOException refused) {
      log.debug("cannot say in the ledger who started a child: " + refused.getMessage());
    }
  }

  private void describe(ProcessId process, Child recorded) throws IOException {
    if (ledger.isToBeDescribed(process)) {
      ledger.describe(process, recorded.startedBy(Ledger.LONGEST_TEXT));
    }
  }

  /**
   * Whether {@link #MARK} counts. It does not in a worker that has it itself: all that is below
   * inherits it.
   */
  public void countMarks(boolean count) {
    marksCount = count;
  }

  /** Whether a process that is started with that environment is given leave by it. */
  public boolean isMarked(Map<?, ?> environment) {
    return marksCount && MARK_VALUE.equals(environment.get(MARK_NAME));
  }

  /**
   * Remembers whether the process carries the mark: programs write over their environment
   * (setproctitle(3)). To be asked when it is first seen, and once more when it has become the
   * program that it was to be.
   */
  void heedMark(ProcessId id, ProcFs proc) {
    if (marksCount
        && !kept.contains(id)
        && proc.details(id.pid()).environmentHolds(MARK)
        && proc.isAlive(id)) {
      keepWish(id);
    }
  }

  /** The same for children, which may have become another program since the worker started them. */
  synchronized void heedMarks(ProcFs proc) {
    if (marksCount) {
      for (Child child : children.values()) {
        if (child.ageMillis() > SETTLED_MILLIS && settled.add(child.id())) {
          heedMark(child.id(), proc);
        }
      }
    }
  }

  /** Keeps a process that was given the mark, though only an orderly end may know of it. */
  public void keepWish(ProcessId id) {
    if (!keep(id)) {
      kept.add(id);
      tellOnce("the ledger cannot be written, and a process that is to be kept is not in it");
    }
  }

  /**
   * Lets a process outlive the worker, by somebody's word. Returns false if that cannot be entered
   * in the ledger, and so would not hold in a crash.
   */
  public boolean keep(ProcessId id) {
    Ledger there = ledger;
    try {
      if (there != null && !there.keep(id)) {
        return false;
      }
    } catch (IOException refused) {
      log.debug("cannot enter in the ledger that a process is kept: " + refused.getMessage());
      return false;
    }
    kept.add(id);
    return true;
  }

  /** Those who may outlive the worker: they were given the mark, or an operator has said so. */
  public Set<ProcessId> kept() {
    return kept;
  }

  /** The recorded child of that name, or null. */
  public Child get(ProcessId id) {
    return children.get(id);
  }

  /** Whether nobody is recorded. */
  public boolean isEmpty() {
    return children.isEmpty();
  }

  /** All of them; printed, each says who started it. */
  public Map<ProcessId, Child> all() {
    return children;
  }
}
