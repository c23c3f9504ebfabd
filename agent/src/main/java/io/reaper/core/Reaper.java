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

/** Puts the parts together; it is the only class of a worker that knows them all. */
final class Reaper {
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
  private Changes changes;

  /** Creates the parts, beside the children of those numbers that were there before the agent. */
  Reaper(
      Options given, Instrumentation instrumentation, Log log, String childrenAtStart, Seam seam) {
    this.log = log;
    family = new Family(log);
    ProcFs there = new ProcFs();
    boolean unseen = there.numberSpace().isAbsent();
    String kills = unseen ? OwnHandles.CONSEQUENCE : "nothing is killed when this worker ends";
    distrust = there.numberSpace().whyNotToTrust(kills);
    proc = distrust == null ? there : unseen ? OwnHandles.viewOf(family) : ProcFs.blind();
    self = proc.self();
    // A start that was under way makes the parts after enabled=false has taken the agent back.
    Options wanted = given.enabled() ? given : given.withoutModes();
    options = new AtomicReference<>(trusted(wanted, distrust, proc));
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
    housekeeper = new Housekeeper(family, starts.flag(), proc, recordings.observation(), log);
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
    OwnProcesses own = new OwnProcesses(proc, family, containment, starts, sigchld, seam);
    guard = new CrashGuard(options, proc, family, containment, starts, own, posix, log);
    StartGate gate = new StartGate(starts, modes, sigchld, guard, containment, posix, log);
    recorder =
        new SpawnRecorder(family, proc, gate, own, housekeeper, recordings.observation(), log);
    recorder.alsoLaunchers(given.launchers());
    recorder.setSilent(!given.enabled());
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

  /**
   * Returns what of the options may hold here.
   *
   * @param distrust why no number is to be trusted, or null
   */
  static Options trusted(Options given, String distrust, ProcFs proc) {
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

  /** Returns what takes up, lets go or changes this worker while it runs. */
  synchronized Changes changes() {
    if (changes == null) {
      changes =
          new Changes(
              options,
              distrust,
              family,
              proc,
              self,
              containment,
              recordings,
              recorder,
              modes,
              guard,
              sigchld,
              housekeeper,
              log);
    }
    return changes;
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
      Management management = new Management(worker, family, starts, recordings.observation(), log);
      AgentThread.start("reaper-jmx", management, log);
    }
  }

  SpawnRecorder recorder() {
    return recorder;
  }

  /** Returns what runs when the application's own shutdown hooks have finished. */
  Runnable end() {
    return end;
  }

  /** Has it checked, soon after the first start, that the seam calls the agent. */
  void isWoven() {
    // Not ignored before the seam has called: a start that is not recorded would lose its status.
    sigchld.suspend();
    WarmUp warmUp = new WarmUp(recorder, end, sigchld);
    if (AgentThread.start("reaper-seam", warmUp, log) == null) {
      housekeeper.doFirst(warmUp);
    }
  }

  /** Takes note that starts are not recorded on this JDK. */
  void notInstrumented() {
    sigchld.giveUp();
  }
}
