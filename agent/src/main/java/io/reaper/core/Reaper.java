package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.family.ChildrenAtStart;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.KeptProcesses;
import io.reaper.core.family.NativeCode;
import io.reaper.core.family.OwnHandles;
import io.reaper.core.family.Sigchld;
import io.reaper.core.family.Starts;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.jmx.Manager;
import io.reaper.core.ondemand.jmx.Registration;
import io.reaper.core.options.Options;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.spawn.OwnProcesses;
import io.reaper.core.spawn.Seam;
import io.reaper.core.spawn.SpawnRecorder;
import java.io.File;
import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts the parts together and tells them of changes; it is the only class of a worker that knows
 * them all.
 */
final class Reaper {
  private static final long LONGEST_START_NANOS = 1_000_000_000;

  /** A first start takes less. */
  private static final long WARM_UP_MILLIS = 100;

  /** The options that hold at the moment, for all parts. */
  private final AtomicReference<Options> options;

  private final Log log;
  private final ProcFs proc;
  private final int self;

  private final String distrust;

  private final Family family;
  private final Starts starts = new Starts();
  private final Sigchld sigchld;
  private final NativeCode nativeCode = new NativeCode(new OwnProc());
  private final Containment containment;
  private final LivingWorker worker;
  private final Recordings recordings;
  private final Housekeeper housekeeper;
  private final ModeEntry modes;
  private final CrashGuard guard;
  private final SpawnRecorder recorder;
  private final OrderlyEnd end;

  /** Creates the parts, beside the children of those numbers that were there before the agent. */
  Reaper(Options given, Instrumentation instrumentation, Log log, String childrenAtStart) {
    this.log = log;
    family = new Family(log);
    ProcFs there = new ProcFs();
    boolean unseen = there.numberSpace().isAbsent();
    String kills = unseen ? OwnHandles.CONSEQUENCE : "nothing is killed when this worker ends";
    distrust = there.numberSpace().whyNotToTrust(kills);
    proc = distrust == null ? there : unseen ? OwnHandles.viewOf(family) : ProcFs.blind();
    self = proc.self();
    options = new AtomicReference<>(trusted(given));
    if (distrust != null) {
      log.warn(distrust);
    }
    File place = given.place(new OwnProc().environment(PrivateDirectory.RUNTIME));
    if (given.whyNotDir() != null) {
      log.warn("cannot use dir=" + given.dir() + " (" + given.whyNotDir() + "); using " + place);
    }
    NativeAccess access = new NativeAccess(instrumentation, place);
    Posix any = new LazyPosix(access, log);
    Posix posix = unseen ? OwnHandles.signalsTo(family, any) : any;
    if (childrenAtStart == null || !childrenAtStart.isEmpty()) {
      family.leaveAlone(ChildrenAtStart.of(childrenAtStart, proc, self));
    }
    family.kept().countMarks(given.keepMarked());
    if (!given.keepMarked()) {
      KeptProcesses.tellIfInherited(new OwnProc(), log);
    }
    sigchld = new Sigchld(family, starts, posix, nativeCode, log);
    containment = new Containment(options, self, proc, family, posix, log);
    recordings = new Recordings(containment, proc, log);
    recordings.follow(given);
    worker =
        new LivingWorker(
            options, proc, self, family, containment, posix, recordings.observation(), log);
    housekeeper = new Housekeeper(family, proc, recordings.observation(), log);
    modes =
        new ModeEntry(
            containment,
            worker,
            family,
            starts,
            sigchld,
            nativeCode,
            access,
            housekeeper,
            recordings.observation(),
            proc,
            self,
            posix,
            log);
    OwnProcesses own = new OwnProcesses(proc, family, containment, starts, sigchld, posix);
    guard = new CrashGuard(options, proc, family, containment, starts, own, posix, log);
    StartGate gate = new StartGate(starts, modes, sigchld, guard, containment, posix, log);
    recorder =
        new SpawnRecorder(family, proc, gate, own, housekeeper, recordings.observation(), log);
    recorder.alsoLaunchers(given.launchers());
    end =
        new OrderlyEnd(
            options,
            worker,
            containment,
            guard,
            family,
            starts,
            housekeeper,
            recordings,
            proc,
            self,
            log);
    if (!options.get().changesWorker()) {
      modes.run();
    }
  }

  private Options trusted(Options given) {
    return distrust == null
        ? given
        : proc.tellsStartTimes() ? given.withoutModes() : given.withoutProc();
  }

  /**
   * Enters the modes. What needs native code is prepared beside the start of {@code main}, and the
   * first start waits for it, unless the operator wants to know at once.
   */
  void enterModes() {
    if (options.get().needsNative() && !options.get().strict()) {
      modes.enterMeanwhile(guard);
    } else {
      modes.run();
    }
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
    AgentThread.start("reaper-attach", new SecondLook(), log);
    return taken;
  }

  /** Leaves the worker alone: records no starts, and kills nothing at its end or in a crash. */
  synchronized void detach() {
    recorder.setSilent(true);
    change(options.get().withoutModes());
  }

  private void lookAfter(int taken) {
    if (taken > 0) {
      guard.start();
      housekeeper.wake();
    }
  }

  private final class SecondLook implements Runnable {
    @Override
    public void run() {
      LockSupport.parkNanos(LONGEST_START_NANOS);
      lookAfter(family.takeUp(proc, self));
      sigchld.resume();
      sigchld.settle();
    }
  }

  /** Changes the options of a worker that runs already. */
  synchronized void change(Options other) {
    modes.await();
    recordings.follow(other);
    options.set(trusted(other));
    family.kept().countMarks(other.keepMarked());
    recorder.alsoLaunchers(other.launchers());
    modes.change();
    guard.change();
    if (!family.isEmpty()) {
      housekeeper.wake();
    }
  }

  /** Returns the keys of the modes that the worker is in. */
  List<String> modeNames() {
    return worker.modeNames();
  }

  /** Whether the worker's process group is a shell's job, with what was there before it. */
  boolean staysInJob() {
    return containment.isJob();
  }

  /** Whether what is known of the worker is written to a ledger. */
  boolean keepsLedger() {
    return family.isKeptInALedger();
  }

  /** Whether an orderly end would have anything to do. */
  boolean mayHaveProcesses() {
    return end.mayHaveProcesses();
  }

  /** Takes note that classes are about to be there, as {@link Seam.Owner#isLoaded} tells. */
  void areLoaded(int which) {
    if ((which & Seam.LINKER_LOADED) != 0) {
      nativeCode.isCalled();
      sigchld.settle();
    }
    if ((which & Seam.RECORDER_LOADED) != 0) {
      recordings.observation().want();
    }
    if ((which & Seam.MBEAN_SERVER_LOADED) != 0) {
      AgentThread.start("reaper-jmx", new Management(), log);
    }
  }

  /** Registers the MXBean on a thread of its own, not while another class is being loaded. */
  private final class Management implements Runnable {
    @Override
    public void run() {
      Manager manager = new Manager(worker, family, starts, recordings.observation(), log);
      new Registration(manager, recordings.observation(), log).run();
    }
  }

  SpawnRecorder recorder() {
    return recorder;
  }

  /** Returns what runs when the application's own shutdown hooks have finished. */
  Runnable end() {
    return end;
  }

  /**
   * Returns what runs soon after the first start: checks that the seam calls the agent, and loads
   * what the end needs.
   */
  Runnable warmUp() {
    // Not ignored before the seam has called: a start that is not recorded would lose its status.
    sigchld.suspend();
    return new WarmUp();
  }

  /** Takes note that starts are not recorded on this JDK. */
  void notInstrumented() {
    sigchld.giveUp();
  }

  private final class WarmUp implements Runnable {
    @Override
    public void run() {
      try {
        // The first start, and a worker that ends right after it, need both cores for themselves.
        Thread.sleep(WARM_UP_MILLIS);
      } catch (InterruptedException ended) {
        return;
      }
      if (recorder.check()) {
        sigchld.resume();
      }
      recorder.warmUp();
      end.warmUp();
    }
  }
}
