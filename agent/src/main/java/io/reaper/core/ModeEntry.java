package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.family.Family;
import io.reaper.core.family.ForkedHere;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Lineage;
import io.reaper.core.family.NativeCode;
import io.reaper.core.family.OrphanWaits;
import io.reaper.core.family.Orphans;
import io.reaper.core.family.Sigchld;
import io.reaper.core.family.Starts;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.CrashGuard;
import java.util.function.Supplier;

/**
 * Enters the modes, and has the orphans that come to the worker through one of them looked after.
 */
final class ModeEntry implements Runnable, Supplier<Orphans> {
  /** Entering takes a fraction of a second; a start waits no longer for one that hangs. */
  private static final long LONGEST_ENTRY_MILLIS = 10_000;

  private final Containment containment;
  private final LivingWorker worker;
  private final Family family;
  private final Starts starts;
  private final Sigchld sigchld;
  private final NativeCode nativeCode;
  private final NativeAccess access;
  private final Housekeeper housekeeper;
  private final Observation observation;
  private final ProcFs proc;
  private final int self;
  private final Posix posix;
  private final Log log;
  private OrphanWaits waits;
  private CrashGuard guard;
  private Thread entering;
  private volatile boolean entered;

  ModeEntry(
      Containment containment,
      LivingWorker worker,
      Family family,
      Starts starts,
      Sigchld sigchld,
      NativeCode nativeCode,
      NativeAccess access,
      Housekeeper housekeeper,
      Observation observation,
      ProcFs proc,
      int self,
      Posix posix,
      Log log) {
    this.containment = containment;
    this.worker = worker;
    this.family = family;
    this.starts = starts;
    this.sigchld = sigchld;
    this.nativeCode = nativeCode;
    this.access = access;
    this.housekeeper = housekeeper;
    this.observation = observation;
    this.proc = proc;
    this.self = self;
    this.posix = posix;
    this.log = log;
  }

  /**
   * Enters the modes beside the start of {@code main}; the first start of a process waits for it.
   *
   * @param guard is told of the modes afterwards, as the first start may have gone on without them
   */
  void enterMeanwhile(CrashGuard guard) {
    this.guard = guard;
    entering = AgentThread.start("reaper-setup", this, log);
    if (entering == null) {
      run();
    }
  }

  /** Enters the modes now. */
  @Override
  public void run() {
    try {
      containment.enter();
      lookAfterOrphans();
    } catch (RuntimeException | Error unexpected) {
      log.error("could not enter the modes that were asked for: " + unexpected);
    }
    entered = true;
    if (guard != null) {
      guard.change();
    }
  }

  /** Enters, or leaves, the modes that the options name by now. */
  void change() {
    await();
    containment.change();
    lookAfterOrphans();
  }

  /** Returns when the modes are entered, or after ten seconds. */
  void await() {
    if (entered) {
      return;
    }
    if (entering != null) {
      AgentThread.await(entering, LONGEST_ENTRY_MILLIS);
    }
  }

  private void lookAfterOrphans() {
    if (!containment.isSubreaper()) {
      housekeeper.lookAfter(null);
      family.forgetDescendants();
      family.trace(null);
      sigchld.stopAdopting();
      return;
    }
    if (access.library() != null) {
      nativeCode.except(access.library());
    }
    if (family.lineage() == null) {
      family.trace(new Lineage(family, proc, containment.mark()));
    }
    housekeeper.lookAfter(this);
    sigchld.startAdopting(containment.ignoresSigchld());
    sigchld.settle();
  }

  /**
   * Returns what looks after orphans. It is made when there is a child, so that a worker that never
   * starts one does without these classes.
   */
  @Override
  public Orphans get() {
    if (waits == null) {
      waits = new OrphanWaits();
    }
    return new Orphans(
        self,
        proc,
        family,
        posix,
        starts,
        sigchld,
        worker.get().provenance(proc),
        new ForkedHere(self, proc, nativeCode, containment.mark()),
        waits,
        observation,
        log);
  }
}
