package io.reaper.core.family;

import io.reaper.core.observe.Log;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The processes that may outlive the worker: they were given the mark, or an operator said so. */
public final class KeptProcesses {
  /** The environment variable that lets a process outlive the worker. */
  public static final String MARK = "REAPER_KEEP=true";

  private static final String MARK_NAME = MARK.substring(0, MARK.indexOf('='));
  private static final String MARK_VALUE = MARK.substring(MARK.indexOf('=') + 1);

  /** By that age a child has become the program that it was to be. */
  private static final long SETTLED_MILLIS = 100;

  /** With more, a look at each takes too long to be made each time. */
  private static final int FEW = 100;

  private final FamilyLedger ledger;
  private final Set<ProcessId> kept = ConcurrentHashMap.newKeySet();

  /** The processes whose environment was looked at, and what they were called then. */
  private final Map<ProcessId, String> settled = new HashMap<>();

  private volatile boolean marksCount;
  private volatile boolean isGuardTold = true;
  private volatile Runnable whenUntold;

  KeptProcesses(FamilyLedger ledger) {
    this.ledger = ledger;
  }

  /**
   * Says whether {@link #MARK} counts. It does not in a worker that has it itself: all its
   * descendants inherit it.
   */
  public void countMarks(boolean count) {
    marksCount = count;
  }

  /** Says, if the worker itself has the mark, that it keeps no process therefore. */
  public static void tellIfInherited(OwnProc own, Log log) {
    if (!own.environment(MARK).isEmpty()) {
      log.warn(
          MARK
              + " is in this worker's own environment, where every child inherits it: it keeps"
              + " no process; give it to the child that is to live on, or name that one with keep=");
    }
  }

  /** Whether that environment lets a process that is started with it outlive the worker. */
  public boolean isMarked(Map<?, ?> environment) {
    return marksCount && MARK_VALUE.equals(environment.get(MARK_NAME));
  }

  /**
   * Remembers whether the process carries the mark: programs write over their environment
   * (setproctitle(3)). To be called when it is first seen, and once more when it has become the
   * program that it was to be. Returns whether the look has not failed.
   */
  boolean heedMark(ProcessId id, ProcFs proc) {
    int failed = proc.failedLooks();
    if (marksCount
        && !kept.contains(id)
        && proc.details(id.pid()).environmentHolds(MARK)
        && proc.isAlive(id)) {
      keepByMark(id);
    }
    return proc.failedLooks() == failed;
  }

  /**
   * Heeds the mark at the first look at a process, at the one after it, and likewise if it has
   * become another program: a script may give the mark to the program that it ends with.
   *
   * @param among how many are looked at
   */
  synchronized void heedMarkAgain(ProcessId id, boolean isFirst, int among, ProcFs proc) {
    String known = settled.get(id);
    if (!marksCount || known != null && among > FEW) {
      return;
    }
    ProcessInfo info = proc.read(id.pid());
    String name = info == null ? "" : info.name();
    if (known != null && !known.equals(name)) {
      settled.remove(id);
      heedMark(id, proc);
    } else if (known == null && heedMark(id, proc) && !isFirst) {
      settled.put(id, name);
    }
  }

  /**
   * Heeds the mark of children that may have become another program since the worker started them.
   */
  synchronized void heedMarks(Collection<Child> children, ProcFs proc) {
    if (marksCount) {
      for (Child child : children) {
        if (child.startedMillis() == 0 || child.ageMillis() > SETTLED_MILLIS) {
          heedMarkAgain(child.id(), false, children.size(), proc);
        }
      }
    }
  }

  /** Keeps a process that was given the mark, even if only an orderly end can know of it. */
  public void keepByMark(ProcessId id) {
    Runnable work = whenUntold;
    if (!keep(id) && kept.add(id) && work != null) {
      work.run();
    }
  }

  /**
   * Has that run when a process must be kept that what guards the worker cannot be told of.
   *
   * @param isTold whether the ledger, or that there is no guard, lets a process be kept
   */
  public void tellIfUntold(Runnable work, boolean isTold) {
    whenUntold = work;
    isGuardTold = isTold;
  }

  /**
   * Lets a process outlive the worker. Returns false if that cannot be entered in the ledger, and
   * so would not hold in a crash.
   */
  public boolean keep(ProcessId id) {
    // First, so that a ledger that is begun meanwhile has it.
    boolean isNew = kept.add(id);
    boolean holds = isGuardTold && ledger.keep(id);
    if (isNew && !holds) {
      kept.remove(id);
    }
    return holds;
  }

  /** Keeps those of these processes that are alive, or hidden since before their start was seen. */
  void takeOver(Set<ProcessId> before, ProcFs proc) {
    for (ProcessId each : before) {
      boolean isThere =
          each.start() == ProcessId.UNKNOWN_START
              ? !proc.isFree(each.pid())
              : !proc.read(List.of(each)).isEmpty();
      if (isThere) {
        keep(each);
      }
    }
  }

  /** Enters all kept processes in a ledger that has just begun. */
  void enter() {
    for (ProcessId each : kept) {
      ledger.keep(each);
    }
  }

  synchronized void forget(ProcessId gone) {
    kept.remove(gone);
    settled.remove(gone);
  }

  /** Returns all kept processes. */
  public Set<ProcessId> all() {
    return kept;
  }
}
