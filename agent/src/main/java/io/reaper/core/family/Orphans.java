package io.reaper.core.family;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.Posix;
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
  private final int self;
  private final ProcFs proc;
  private final Family family;
  private final Posix posix;
  private final Sigchld sigchld;
  private final Descendants descendants;
  private final long zombieMillis;
  private final Observation observation;
  private final Log log;

  private final Provenance provenance;
  private final Map<ProcessId, Zombie> zombies = new HashMap<>();
  private final Set<ProcessId> strangers = new HashSet<>();
  private final Map<ProcessId, Adoption> adopted = new HashMap<>();

  /** An orphan by the name that it had then, when that was, and whether it has been told of. */
  private static final class Adoption {
    private final String name;
    private final long nextStart;
    private final long nanos = System.nanoTime();
    private boolean told;

    Adoption(String name, long nextStart) {
      this.name = name;
      this.nextStart = nextStart;
    }
  }

  /** A zombie, when it was first seen, and the first start that cannot have been its own. */
  private record Zombie(long nextStart, long seenNanos) {}

  /**
   * The adopted children of this JVM.
   *
   * @param provenance tells orphans of the worker's from those of others, which are only reaped
   * @param zombieMillis milliseconds that a zombie is left to whoever may be waiting for it in
   *     native code
   */
  public Orphans(
      int self,
      ProcFs proc,
      Family family,
      Posix posix,
      Sigchld sigchld,
      Provenance provenance,
      long zombieMillis,
      Observation observation,
      Log log) {
    this.self = self;
    this.proc = proc;
    this.family = family;
    this.posix = posix;
    this.sigchld = sigchld;
    this.provenance = provenance;
    this.descendants = new Descendants(proc, family);
    this.zombieMillis = zombieMillis;
    this.observation = observation;
    this.log = log;
  }

  /** Looks once. Answers whether the worker has no child at all. */
  public boolean look() {
    boolean settled = sigchld.settle();
    List<ProcessInfo> children = family.childrenOf(self, proc);
    List<ProcessInfo> own = new ArrayList<>();
    Set<ProcessId> present = new HashSet<>();
    for (ProcessInfo child : children) {
      present.add(child.id());
      if (child.isZombie()) {
        reap(child);
      } else if (family.get(child.id()) != null) {
        adopted.remove(child.id());
        own.add(child);
      } else if (isOurs(child)) {
        adopt(child);
        own.add(child);
      }
    }
    zombies.keySet().retainAll(present);
    strangers.retainAll(present);
    for (Iterator<Map.Entry<ProcessId, Adoption>> each = adopted.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<ProcessId, Adoption> orphan = each.next();
      if (!present.contains(orphan.getKey())) {
        each.remove();
        leave(orphan.getKey(), orphan.getValue());
      }
    }
    descendants.look(own);
    return children.isEmpty() && settled;
  }

  private boolean isOurs(ProcessInfo child) {
    if (adopted.containsKey(child.id())) {
      return true;
    }
    // Whoever was one once stays one: this is asked for each child at each look.
    boolean ours =
        !strangers.contains(child.id())
            && !provenance.ownOf(List.of(child), family.all().keySet()).isEmpty();
    if (!ours) {
      strangers.add(child.id());
    }
    return ours;
  }

  private void leave(ProcessId orphan, Adoption adoption) {
    family.forget(List.of(orphan));
    if (adoption.told) {
      long millis = (System.nanoTime() - adoption.nanos) / 1_000_000;
      observation.orphanReaped(orphan.pid(), adoption.name, millis);
    }
  }

  private void adopt(ProcessInfo orphan) {
    Adoption adoption = adopted.get(orphan.id());
    if (adoption == null) {
      adopted.put(orphan.id(), new Adoption(orphan.name(), sigchld.nextStart()));
      // A child whose start is under way looks like an orphan, and is entered as a child in a
      // moment: the ledger has one slot for it either way.
      family.adopt(orphan.id());
      family.heedMark(orphan.id(), proc);
    } else if (!adoption.told && sigchld.isOver(adoption.nextStart)) {
      adoption.told = true;
      family.heedMark(orphan.id(), proc);
      observation.orphanAdopted(orphan.pid(), orphan.name());
      if (log.debugs()) {
        log.debug("adopted " + orphan.pid() + " \"" + orphan.name() + "\"");
      }
    }
  }

  private void reap(ProcessInfo child) {
    Zombie zombie = zombies.get(child.id());
    if (zombie == null) {
      zombies.put(child.id(), new Zombie(sigchld.nextStart(), System.nanoTime()));
      return;
    }
    boolean waitedLongEnough = System.nanoTime() - zombie.seenNanos() >= zombieMillis * 1_000_000;
    // The order matters: once every start that could have been its own is over, a child of the
    // JDK's is recorded, and stays so until the JDK has reaped it.
    if (waitedLongEnough
        && sigchld.isOver(zombie.nextStart())
        && family.get(child.id()) == null
        && posix.waitpid(child.pid(), Posix.WNOHANG) > 0
        && log.debugs()) {
      log.debug("reaped orphan " + child.pid() + " \"" + child.name() + "\"");
    }
  }
}
