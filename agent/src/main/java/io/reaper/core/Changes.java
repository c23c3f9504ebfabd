package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Sigchld;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.spawn.SpawnRecorder;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Takes up, lets go or changes a worker that runs already; most workers never need it. */
final class Changes implements Runnable {
  private static final long LONGEST_START_NANOS = 1_000_000_000;

  private final AtomicReference<Options> options;
  private final String distrust;
  private final Family family;
  private final ProcFs proc;
  private final int self;
  private final Containment containment;
  private final Recordings recordings;
  private final SpawnRecorder recorder;
  private final ModeEntry modes;
  private final CrashGuard guard;
  private final Sigchld sigchld;
  private final Housekeeper housekeeper;
  private final Log log;

  Changes(
      AtomicReference<Options> options,
      String distrust,
      Family family,
      ProcFs proc,
      int self,
      Containment containment,
      Recordings recordings,
      SpawnRecorder recorder,
      ModeEntry modes,
      CrashGuard guard,
      Sigchld sigchld,
      Housekeeper housekeeper,
      Log log) {
    this.options = options;
    this.distrust = distrust;
    this.family = family;
    this.proc = proc;
    this.self = self;
    this.containment = containment;
    this.recordings = recordings;
    this.recorder = recorder;
    this.modes = modes;
    this.guard = guard;
    this.sigchld = sigchld;
    this.housekeeper = housekeeper;
    this.log = log;
  }

  /**
   * Takes up the children of a worker that runs already, and enters the modes. Returns how many
   * children there were.
   */
  int attach() {
    recorder.setSilent(false);
    // A start from before the seam is not recorded, and the JDK waits for its status.
    sigchld.suspend();
    int taken = family.takeUp(proc, self);
    if (options.get().changesWorker()) {
      modes.run();
      containment.takeDescendantsAlong();
      // The ledger is there already if a start in between had it begun without the modes.
      guard.change();
    }
    lookAfter(taken);
    if (AgentThread.start("reaper-attach", this, log) == null) {
      run();
    }
    return taken;
  }

  private void lookAfter(int taken) {
    if (taken > 0) {
      guard.start();
      housekeeper.wake();
    }
  }

  /** Takes up the children whose start was under way, too. */
  @Override
  public void run() {
    LockSupport.parkNanos(LONGEST_START_NANOS);
    lookAfter(family.takeUp(proc, self));
    sigchld.resume();
    sigchld.settle();
  }

  /** Leaves the worker alone: records no starts, and kills nothing at its end or in a crash. */
  synchronized void detach() {
    recorder.setSilent(true);
    change(options.get().withoutModes());
  }

  /** Changes the options, as far as they may hold here, and tells all parts. */
  synchronized void change(Options other) {
    modes.await();
    recordings.follow(other);
    options.set(Reaper.trusted(other, distrust, proc));
    family.kept().countMarks(other.keepMarked());
    recorder.alsoLaunchers(other.launchers());
    modes.change();
    guard.change();
    if (!family.isEmpty()) {
      housekeeper.wake();
    }
  }
}
