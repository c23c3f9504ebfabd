package io.reaper.core.family;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Reason;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The orphans that the worker has adopted. No signal tells of an adoption (prctl(2)), so the
 * worker's children are looked at again and again while there are any. Those that have ended are
 * reaped one by one: {@code waitpid(-1)} would take the statuses of the JDK's children.
 */
public final class Orphans {
  private static final Reason UNKNOWN = Reason.of("descendant");

  private final int self;
  private final ProcFs proc;
  private final Family family;
  private final Posix posix;
  private final Starts starts;
  private final Sigchld sigchld;
  private final Descendants descendants;
  private final ForkedHere forkedHere;
  private final OrphanWaits waits;
  private final Observation observation;
  private final Log log;

  private final Provenance provenance;
  private final Map<ProcessId, Zombie> zombies = new HashMap<>();
  private final Set<ProcessId> strangers = new HashSet<>();

  /** An unknown zombie, when it was first seen, and the first start that cannot be its own. */
  private static final class Zombie {
    private final long nextStart;
    private final long seenNanos = System.nanoTime();
    private boolean isAskedFor;

    Zombie(long nextStart) {
      this.nextStart = nextStart;
    }
  }

  private final Map<ProcessId, Adoption> adopted = new HashMap<>();

  /** An orphan: its name when it was first seen, when that was, and what was decided since. */
  private static final class Adoption {
    private final String name;
    private final long nextStart;
    private final long nanos = System.nanoTime();
    private String command = "";
    private Reason ancestor = UNKNOWN;
    private boolean isCertain;
    private boolean isDecided;
    private boolean isHeeded;
    private boolean isWaitedFor;

    Adoption(String name, long nextStart, boolean isCertain) {
      this.name = name;
      this.nextStart = nextStart;
      this.isCertain = isCertain;
    }
  }

  /**
   * Creates the record of the children that this JVM has adopted, empty at first.
   *
   * @param provenance tells orphans of the worker's from those of others, which are only reaped
   * @param forkedHere tells children that native code may wait for from orphans
   */
  public Orphans(
      int self,
      ProcFs proc,
      Family family,
      Posix posix,
      Starts starts,
      Sigchld sigchld,
      Provenance provenance,
      ForkedHere forkedHere,
      OrphanWaits waits,
      Observation observation,
      Log log) {
    this.self = self;
    this.proc = proc;
    this.family = family;
    this.posix = posix;
    this.starts = starts;
    this.sigchld = sigchld;
    this.provenance = provenance;
    this.descendants = new Descendants(proc, family);
    this.forkedHere = forkedHere;
    this.waits = waits;
    this.observation = observation;
    this.log = log;
  }

  /** Looks once. Returns whether the worker has no child at all. */
  public boolean look() {
    boolean settled = sigchld.settle();
    // The recorded children may be thousands, and to read each takes its time.
    List<ProcessInfo> children = family.unrecordedChildrenOf(self, proc);
    List<ProcessInfo> own = new ArrayList<>();
    Set<ProcessId> present = new HashSet<>();
    for (ProcessInfo child : children) {
      present.add(child.id());
    }
    forkedHere.begin(present);
    for (ProcessInfo child : children) {
      if (child.isZombie()) {
        reap(child);
      } else if (isNotTheJdks(child) && isOurs(child)) {
        // It may have been recorded since the list was read.
        adopt(child);
        own.add(child);
      }
    }
    leaveThoseGone(present);
    present.addAll(adopted.keySet());
    zombies.keySet().retainAll(present);
    strangers.retainAll(present);
    provenance.forgetBut(present);
    if (descendants.isDue()) {
      own.addAll(proc.read(family.all().keySet()));
      descendants.look(own);
    }
    return children.isEmpty() && adopted.isEmpty() && family.isEmpty() && settled;
  }

  /** Whether a child that has ended is not reaped yet. */
  boolean areZombies() {
    return !zombies.isEmpty();
  }

  /** Looks no more: the waits that are under way count no longer as this record's. */
  void end() {
    for (Adoption adoption : adopted.values()) {
      if (adoption.isWaitedFor) {
        waits.end();
      }
    }
  }

  private void leaveThoseGone(Set<ProcessId> present) {
    for (Iterator<Map.Entry<ProcessId, Adoption>> each = adopted.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<ProcessId, Adoption> orphan = each.next();
      if (family.get(orphan.getKey()) != null) {
        // It is no orphan: its start was under way.
        each.remove();
      } else if (!present.contains(orphan.getKey()) && proc.isGone(orphan.getKey())) {
        // Not to be listed is no proof: a child that ends meanwhile makes others slip through
        // (proc(5), /proc/PID/task/TID/children).
        each.remove();
        leave(orphan.getKey(), orphan.getValue());
      }
    }
  }

  private boolean isOurs(ProcessInfo child) {
    if (adopted.containsKey(child.id())) {
      return true;
    }
    int failed = proc.failedLooks();
    // A stranger stays one: this is asked for each child at each look.
    boolean ours =
        !strangers.contains(child.id())
            && !provenance.ownOf(List.of(child), family.all().keySet()).isEmpty();
    if (!ours && proc.failedLooks() == failed) {
      strangers.add(child.id());
    }
    return ours;
  }

  private void leave(ProcessId orphan, Adoption adoption) {
    family.forget(List.of(orphan));
    if (adoption.isWaitedFor) {
      waits.end();
    }
    if (adoption.isDecided && adoption.isCertain) {
      long millis = (System.nanoTime() - adoption.nanos) / 1_000_000;
      observation.orphanReaped(
          orphan.pid(), adoption.name, adoption.command, adoption.ancestor, millis);
    }
  }

  private void adopt(ProcessInfo orphan) {
    // A child whose start is under way looks like an orphan, and is entered as a child in a moment:
    // the ledger has one slot for it either way. At each look, as there may be another ledger.
    family.adopt(orphan.id());
    Adoption adoption = adopted.get(orphan.id());
    if (adoption == null) {
      adoption = new Adoption(orphan.name(), starts.next(), wasAnothers(orphan));
      adopted.put(orphan.id(), adoption);
      family.kept().heedMark(orphan.id(), proc);
    } else if (!adoption.isDecided && sigchld.areAllRecordedBefore(adoption.nextStart)) {
      adoption.isDecided = true;
      adoption.isCertain |= forkedHere.isExcluded(orphan);
      if (adoption.isCertain) {
        if (observation.isObserved()) {
          adoption.command = proc.details(orphan.pid()).commandLine();
          Child ancestor = family.ancestorOf(orphan.id());
          adoption.ancestor = ancestor == null ? UNKNOWN : ancestor;
        }
        observation.orphanAdopted(orphan.pid(), orphan.name(), adoption.command, adoption.ancestor);
        if (log.debugs()) {
          log.debug("adopted " + orphan.pid() + " \"" + orphan.name() + "\"");
        }
      }
    }
    if (adoption.isDecided && !adoption.isHeeded) {
      adoption.isHeeded = family.kept().heedMark(orphan.id(), proc);
    }
    if (adoption.isCertain && !adoption.isWaitedFor && isNotTheJdks(orphan)) {
      adoption.isWaitedFor = waits.begin(orphan.pid());
    }
  }

  /**
   * Reaps a zombie that is an orphan for certain, and none of the JDK's. Any other may be waited
   * for by native code that has forked it, at a time of its own choice.
   */
  private void reap(ProcessInfo zombie) {
    Adoption adoption = adopted.get(zombie.id());
    if (adoption != null && adoption.isWaitedFor) {
      return;
    }
    boolean certain = adoption != null && adoption.isCertain || wasAnothers(zombie);
    if ((certain || isNotWaitedFor(zombie))
        && isNotTheJdks(zombie)
        && posix.waitpid(zombie.pid(), Posix.WNOHANG) > 0
        && log.debugs()) {
      log.debug("reaped orphan " + zombie.pid() + " \"" + zombie.name() + "\"");
    }
  }

  /** Whether the process was seen alive as another process's child. */
  private boolean wasAnothers(ProcessInfo child) {
    return family.isDescendant(child.id());
  }

  /**
   * Whether neither the JDK nor native code waits for a zombie. A child of the JDK's is recorded
   * once every start that could have been its own is over.
   */
  private boolean isNotWaitedFor(ProcessInfo child) {
    Zombie zombie = zombies.get(child.id());
    if (zombie == null) {
      zombies.put(child.id(), new Zombie(starts.next()));
      return false;
    }
    if (!sigchld.areAllRecordedBefore(zombie.nextStart)) {
      return false;
    }
    if (!zombie.isAskedFor) {
      zombie.isAskedFor = true;
      return forkedHere.isExcluded(child);
    }
    return forkedHere.isUnlikely(child, zombie.seenNanos);
  }

  /**
   * Whether a child is not the JDK's. To be asked last: a child is recorded before its start is
   * over, until the JDK has reaped it.
   */
  private boolean isNotTheJdks(ProcessInfo child) {
    return family.get(child.id()) == null;
  }
}
