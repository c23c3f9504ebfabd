package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.end.Report;
import io.reaper.core.end.Targets;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.CrashGuard;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends the worker in an orderly way when the application's own shutdown hooks have finished, in the
 * order in which it happens. Every process that must die is killed, and one line says which.
 */
final class OrderlyEnd implements Runnable {
  private static final int LOOKS_AT_ADOPTED = 5;

  /** The exit status EX_SOFTWARE (sysexits.h): the program itself is wrong. */
  private static final int LEAKED = 70;

  private final AtomicReference<Options> options;
  private final LivingWorker worker;
  private final Containment containment;
  private final CrashGuard guard;
  private final Family family;
  private final Starts starts;
  private final Housekeeper housekeeper;
  private final Recordings recordings;
  private final ProcFs proc;
  private final int self;
  private final Log log;

  OrderlyEnd(
      AtomicReference<Options> options,
      LivingWorker worker,
      Containment containment,
      CrashGuard guard,
      Family family,
      Starts starts,
      Housekeeper housekeeper,
      Recordings recordings,
      ProcFs proc,
      int self,
      Log log) {
    this.options = options;
    this.worker = worker;
    this.containment = containment;
    this.guard = guard;
    this.family = family;
    this.starts = starts;
    this.housekeeper = housekeeper;
    this.recordings = recordings;
    this.proc = proc;
    this.self = self;
    this.log = log;
  }

  @Override
  public void run() {
    starts.close();
    recordings.begin();
    try {
      if (recordings.observation().isObserved()) {
        // So that nothing that has happened by now is missing in the recordings.
        housekeeper.look();
      }
      end();
    } catch (Throwable broken) {
      // The worker's own end, and its exit status, matter more than the agent's.
      log.error("could not end this worker's processes: " + broken);
    } finally {
      recordings.finish();
    }
  }

  private void end() {
    Targets targets = worker.targets();
    Termination.Outcome outcome = mayHaveProcesses() ? endAll(targets) : null;
    if (!targets.canLook()) {
      log.error(
          "cannot look at this worker's processes, as no file can be opened (too many are open);"
              + " the sentinel ends what is left");
      return;
    }
    leave(outcome == null || outcome.left().isEmpty());
    if (outcome != null && outcome.foundProcesses() && options.get().leaksFail()) {
      recordings.finish();
      // Nothing of the JDK's or the application's comes after this hook but the end itself.
      Runtime.getRuntime().halt(LEAKED);
    }
  }

  private Termination.Outcome endAll(Targets targets) {
    Termination.Outcome outcome = worker.termination().end(targets);
    new Report(log, "").tellOfThoseKept(targets.spared());
    if (options.get().leaksFail()) {
      new Report(log, "leaks=fail, so the exit status is " + LEAKED + ": ").tellAsError(outcome);
    } else {
      new Report(log, "").tell(outcome);
    }
    return outcome;
  }

  /**
   * Gives back what was set up for the worker's lifetime. A process that forks all the time may
   * have been missed by every look, but no fork outruns the sentinel's stroke: in a group or under
   * a subreaper it has the last word.
   */
  private void leave(boolean areAllDead) {
    if (areAllDead) {
      containment.leave();
    }
    guard.end(areAllDead && containment.group() == 0 && !containment.isSubreaper());
  }

  /** Whether there may be a process to kill, or something to give back; takes a quick look only. */
  boolean mayHaveProcesses() {
    housekeeper.collect();
    // An orphan in the group is a child of the worker only if that is a subreaper.
    return !family.isEmpty()
        || containment.group() != 0 && !containment.isSubreaper()
        || containment.isSubreaper() && guard.hasStarted() && hasAdopted()
        || containment.isToBeLeft()
        || !proc.canLook()
        || !worker.children().isEmpty();
  }

  /**
   * Whether an orphan has come to this worker, by the kernel's list of children alone, because an
   * orphan that forks and exits all the time is gone before it could be looked at.
   */
  private boolean hasAdopted() {
    for (int look = 0; look < LOOKS_AT_ADOPTED; look++) {
      List<Integer> adopted = proc.adoptedBy(self);
      if (adopted == null || !adopted.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Loads what the end needs, because loading it for the first time inside a shutdown hook is a
   * hazard.
   */
  void warmUp() {
    worker.termination();
    worker.targets().warmUp();
  }
}
