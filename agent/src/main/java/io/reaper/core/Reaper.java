package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.KeepList;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.ExitHook;
import io.reaper.core.end.SystemWorld;
import io.reaper.core.end.Targets;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Family;
import io.reaper.core.family.ForkedHere;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.NativeCode;
import io.reaper.core.family.OrphanWaits;
import io.reaper.core.family.Orphans;
import io.reaper.core.family.Sigchld;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.jvm.ShutdownHooks;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Observer;
import io.reaper.core.ondemand.jfr.JfrObserver;
import io.reaper.core.ondemand.jmx.Manager;
import io.reaper.core.ondemand.jmx.Registration;
import io.reaper.core.ondemand.report.ReportRecorder;
import io.reaper.core.options.Options;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.sentinel.Sweeper;
import io.reaper.core.spawn.SpawnRecorder;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Puts the parts together: the only place that knows them all. */
final class Reaper
    implements SpawnRecorder.Starts,
        CrashGuard.Worker,
        ExitHook.Worker,
        Supplier<WorkerFacts>,
        Runnable {
  private static final long LONGEST_START_NANOS = 1_000_000_000;
  private static final long LONGEST_SETUP_MILLIS = 10_000;
  private static final long LONGEST_END_NANOS = 5_000_000_000L;
  private static final long NAP_NANOS = 500_000;
  private static final long WARM_UP_MILLIS = 100;
  private static final int LOOKS_AT_ADOPTED = 5;

  private volatile Options options;
  private final Log log;
  private final ProcFs proc;
  private final int self;

  /** Null if processes can be named by their numbers. */
  private final String distrust;

  private final Family family;
  private final NativeAccess access;
  private final LazyPosix posix;
  private final NativeCode nativeCode = new NativeCode(new OwnProc());
  private OrphanWaits waits;
  private final Containment containment;
  private final Sigchld sigchld;
  private volatile ReportRecorder chronicle;
  private final Observation observation;
  private final Housekeeper housekeeper;
  private final SpawnRecorder recorder;
  private Thread setup;
  private volatile boolean settled;
  private volatile boolean guarded;
  private CrashGuard guard;
  private final AtomicInteger startsUnderWay = new AtomicInteger();
  private volatile Thread ending;
  private volatile Thread lastWords;

  /**
   * Not before a mode or the first start needs it.
   *
   * @param childrenAtStart numbers of the children from before the agent that are not the worker's
   */
  Reaper(Options given, Instrumentation instrumentation, Log log, String childrenAtStart) {
    this.log = log;
    ProcFs there = new ProcFs();
    distrust = there.whyNotToTrustNumbers("nothing is killed when this worker ends");
    proc = distrust == null ? there : ProcFs.ofNobody();
    self = proc.self();
    if (distrust != null) {
      log.warn(distrust);
    }
    options = trusted(given);
    tellOfAnotherPlace();
    family = new Family(log);
    family.leaveAlone(childrenAtStart, proc, self);
    family.countMarks(options.keepMarked());
    if (!options.keepMarked() && !new OwnProc().environment(Family.MARK).isEmpty()) {
      log.warn(
          Family.MARK
              + " is in this worker's own environment, where every child inherits it: it keeps"
              + " nobody; give it to the child that is to live on, or name that one with keep=");
    }
    access = new NativeAccess(instrumentation, place());
    posix = new LazyPosix(access, log);
    containment = new Containment(options, self, proc, family, posix, log);
    sigchld = new Sigchld(family, posix, nativeCode, log);
    observation = new Observation(new Recorder(), Observer.NONE, log);
    record(options.report());
    housekeeper = new Housekeeper(family, proc, observation, log);
    recorder = new SpawnRecorder(family, proc, this, housekeeper, observation, log);
    if (!options.changesWorker()) {
      enterModes();
    }
  }

  private Options trusted(Options given) {
    return distrust == null ? given : given.withoutModes();
  }

  private void record(Path page) {
    chronicle = page == null ? null : new ReportRecorder(page, CrashGuard.mainClass(), log);
    observation.tellInFull(chronicle == null ? Observer.NONE : chronicle);
  }

  private File place() {
    return options.place(new OwnProc().environment(PrivateDirectory.RUNTIME));
  }

  private void tellOfAnotherPlace() {
    String refused = options.whyNotDir();
    if (refused != null) {
      log.warn("cannot use dir=" + options.dir() + " (" + refused + "); using " + place());
    }
  }

  /**
   * Enters the modes. What needs native code is done beside the start of {@code main}, and the
   * first spawn waits for it, unless the operator wants to know at once.
   */
  void contain() {
    if (distrust != null) {
      return;
    }
    if (options.needsNative() && !options.strict()) {
      setup = AgentThread.start("reaper-setup", new Setup(), log);
    } else {
      enterModes();
    }
  }

  private void enterModes() {
    try {
      containment.enter();
      lookAfterOrphans();
    } catch (RuntimeException | Error unexpected) {
      log.error("could not enter the modes that were asked for: " + unexpected);
    }
    settled = true;
  }

  private void lookAfterOrphans() {
    if (!containment.isSubreaper()) {
      housekeeper.lookAfter(null);
      family.forgetDescendants();
      sigchld.end();
      return;
    }
    if (access.library() != null) {
      nativeCode.except(access.library());
    }
    housekeeper.lookAfter(new Adopted());
    sigchld.begin(options.sigchldIgnored());
    sigchld.settle();
  }

  /** Made when there is a child: a worker that never starts one does without these classes. */
  private final class Adopted implements Supplier<Orphans> {
    @Override
    public Orphans get() {
      if (waits == null) {
        waits = new OrphanWaits();
      }
      ForkedHere forkedHere = new ForkedHere(self, proc, nativeCode, containment.mark());
      return new Orphans(
          self,
          proc,
          family,
          posix,
          sigchld,
          Reaper.this.get().provenance(proc),
          forkedHere,
          waits,
          observation,
          log);
    }
  }

  /**
   * In a worker that runs already: takes up the children that it has, and enters the modes. Answers
   * how many there were.
   */
  int attach() {
    // A start that was under way when the seam came is seen by nobody, and its status is waited
    // for.
    sigchld.hold();
    int taken = family.takeUp(proc, self);
    if (options.changesWorker()) {
      enterModes();
      containment.takeDescendantsAlong();
      // There already if a start came meanwhile, which had the ledger begun without the modes.
      tellTheGuard();
    }
    lookAfter(taken);
    AgentThread.start("reaper-attach", new SecondLook(), log);
    return taken;
  }

  private void lookAfter(int taken) {
    if (taken > 0) {
      startGuard();
      housekeeper.wake();
    }
  }

  private final class SecondLook implements Runnable {
    @Override
    public void run() {
      LockSupport.parkNanos(LONGEST_START_NANOS);
      lookAfter(family.takeUp(proc, self));
      sigchld.release();
      sigchld.settle();
    }
  }

  /** Other options, in a worker that runs already. */
  synchronized void change(Options other) {
    awaitSetup();
    if (!Objects.equals(options.report(), other.report())) {
      record(other.report());
    }
    Options trusted = trusted(other);
    options = trusted;
    family.countMarks(trusted.keepMarked());
    containment.change(trusted);
    lookAfterOrphans();
    if (guard != null && !trusted.sentinel()) {
      guard.dismiss();
      guard = null;
    } else if (guard != null) {
      guard.change(trusted);
    } else if (!family.isEmpty()) {
      guarded = false;
      startGuard();
    }
    guarded = guard != null;
    if (!family.isEmpty()) {
      housekeeper.wake();
    }
  }

  /** Returns the keys of the modes that the worker is in. */
  List<String> modeNames() {
    List<String> names = new ArrayList<>();
    for (Mode mode : containment.modes()) {
      names.add(mode.key());
    }
    return names;
  }

  /** Whether the worker's process group is a shell's job, with what was there before. */
  boolean staysInJob() {
    return containment.isJob();
  }

  /** Whether what is known of the worker is written down somewhere. */
  boolean keepsLedger() {
    return family.isKeptInALedger();
  }

  private final class Setup implements Runnable {
    @Override
    public void run() {
      enterModes();
    }
  }

  @Override
  public void beforeStart() {
    startsUnderWay.incrementAndGet();
    if (ending != null) {
      startsUnderWay.decrementAndGet();
      waitForTheEnd();
      startsUnderWay.incrementAndGet();
    }
    if (!settled) {
      awaitSetup();
    }
    sigchld.beforeStart();
    if (!guarded) {
      startGuard();
    }
    CrashGuard there = guard;
    if (there != null) {
      there.beforeStart();
    }
  }

  /** The kernel ends everybody in a PID namespace whose first process ends: no sentinel for it. */
  private synchronized void startGuard() {
    try {
      if (!guarded && options.sentinel() && options.killsAnybody() && self != 1) {
        guard = new CrashGuard(options, proc, family, containment, this, log);
        guard.start();
      }
    } finally {
      // A second one would let go of the lifeline of the first.
      guarded = true;
    }
  }

  @Override
  public void begin() {
    sigchld.hold();
    if (containment.isSubreaper()) {
      posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 0);
    }
  }

  @Override
  public Process start(ProcessBuilder builder) throws IOException {
    Process starter = recorder.startUnrecorded(builder);
    // Until the sentinel has said its number; one that stays the worker's child has this one.
    family.watchedBy((int) starter.pid(), proc);
    return starter;
  }

  @Override
  public void end() {
    if (containment.isSubreaper()) {
      posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    }
    sigchld.release();
  }

  @Override
  public void closeOnExec(String pipe) {
    for (int descriptor : proc.descriptors(pipe)) {
      posix.closeOnExec(descriptor);
    }
  }

  @Override
  public void sweep(LedgerDirectory directory) {
    new Sweeper(proc, posix, self, log).sweepAll(directory);
  }

  @Override
  public void hasStarted(int pid) {
    if (containment.isSubreaper() && containment.mark() != 0) {
      try {
        posix.lowerSoftLimitOf(pid, Posix.RLIMIT_RSS, containment.mark());
      } catch (RuntimeException | Error unexpected) {
        log.debug("cannot mark process " + pid + ": " + unexpected);
      }
    }
  }

  private void awaitSetup() {
    boolean interrupted = false;
    long deadline = System.nanoTime() + LONGEST_SETUP_MILLIS * 1_000_000;
    while (setup != null && setup.isAlive() && System.nanoTime() < deadline) {
      try {
        setup.join(LONGEST_SETUP_MILLIS);
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Hooks and main are over: this thread has milliseconds left, and starts nobody in them. It goes
   * on if the JVM takes longer, which may be waiting for it.
   */
  private static void waitForTheEnd() {
    boolean interrupted = false;
    long deadline = System.nanoTime() + LONGEST_END_NANOS;
    for (long left = LONGEST_END_NANOS; left > 0; left = deadline - System.nanoTime()) {
      // One who is interrupted does not park.
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(left);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** JDK 25 assembles its AOT cache in another JVM, which it starts at the very end (JEP 514). */
  @Override
  public boolean isTheJvms() {
    return ending == Thread.currentThread();
  }

  @Override
  public void afterStart() {
    startsUnderWay.decrementAndGet();
    sigchld.afterStart();
    CrashGuard there = guard;
    if (there != null) {
      there.afterStart();
    }
  }

  /** Java code is about to call native code without a library. */
  void nativeCodeIsCalled() {
    nativeCode.isCalled();
    sigchld.settle();
  }

  /** A flight recorder is about to be there. */
  void recorderIsLoaded() {
    observation.want();
  }

  /** An MBeanServer is about to be there. */
  void managementIsLoaded() {
    AgentThread.start("reaper-jmx", new Management(), log);
  }

  /** Loaded on its thread, not in the middle of another class's being loaded. */
  private final class Management implements Runnable, Manager.Worker {
    @Override
    public void run() {
      Manager manager = new Manager(this, family, observation, log);
      new Registration(manager, log).run();
    }

    @Override
    public List<String> modeNames() {
      return Reaper.this.modeNames();
    }

    @Override
    public List<ProcessInfo> children() {
      return Reaper.this.children();
    }

    @Override
    public Targets targets() {
      return coverage();
    }

    @Override
    public Termination termination() {
      return newTermination();
    }

    @Override
    public boolean keep(ProcessId process) {
      return family.keep(process);
    }
  }

  private synchronized void tellTheGuard() {
    if (guard != null) {
      guard.change(options);
    }
  }

  private Termination newTermination() {
    return new Termination(
        posix,
        new SystemWorld(proc, family.all()),
        options.signal(),
        options.graceMillis(),
        observation);
  }

  private final class Recorder implements Supplier<Observer> {
    @Override
    public Observer get() {
      Observer observer = JfrObserver.open();
      if (observer != null) {
        lastWords = ShutdownHooks.take("JFR");
      }
      return observer;
    }
  }

  /** What must hear of the end: a recording that was dumped before it would hold no kill. */
  private void finishRecordings() {
    Thread last = lastWords;
    lastWords = null;
    if (last != null) {
      last.run();
    }
    ReportRecorder there = chronicle;
    if (there != null) {
      there.write();
    }
  }

  SpawnRecorder recorder() {
    return recorder;
  }

  /** A quick look at whether there is anything to do at the end. */
  @Override
  public boolean mayHaveSomebody() {
    housekeeper.collect();
    // An orphan in the group is a child of the worker only if that is a subreaper.
    return !family.isEmpty()
        || containment.group() != 0 && !containment.isSubreaper()
        || containment.isSubreaper() && guarded && hasAdopted()
        || containment.isToBeLeft()
        || !proc.canLook()
        || !children().isEmpty();
  }

  /**
   * Whether somebody has come to this worker, by the kernel's list alone: whoever forks and ends
   * all the time is gone by the time that it could be looked at.
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

  /** Those of this JVM's children that are the worker's, adopted ones included. */
  private List<ProcessInfo> children() {
    List<ProcessInfo> children = family.childrenOf(self, proc);
    return children.isEmpty()
        ? children
        : get().provenance(proc).ownOf(children, family.all().keySet());
  }

  /** The worker's end: after the application's own shutdown hooks. */
  @Override
  public void run() {
    ending = Thread.currentThread();
    long deadline = System.nanoTime() + LONGEST_START_NANOS;
    while (startsUnderWay.get() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(NAP_NANOS);
    }
    try {
      if (observation.isObserved()) {
        // Nobody is left out of what is told.
        housekeeper.look();
      }
      exitHook().run();
    } finally {
      finishRecordings();
    }
  }

  /** Of the modes that the worker is in at this moment: they may be entered beside main. */
  private Coverage coverage() {
    KeepList keep = new KeepList(options.keep(), options.keepMarked(), family.kept(), proc);
    return new Coverage(proc, containment.modes(), keep, this, self, log);
  }

  private ExitHook exitHook() {
    return new ExitHook(this, newTermination(), coverage(), log);
  }

  @Override
  public void leave(boolean areAllDead) {
    if (areAllDead) {
      containment.leave();
    }
    if (guard != null) {
      // Who forks all the time may have been missed by every look; no fork outruns the sentinel's
      // stroke.
      guard.end(areAllDead && containment.group() == 0 && !containment.isSubreaper());
    }
    finishRecordings();
  }

  @Override
  public boolean failsOnLeaks() {
    return options.leaksFail();
  }

  @Override
  public WorkerFacts get() {
    return new WorkerFacts(
        self,
        containment.since(),
        containment.group(),
        containment.session(),
        family.bystanders(),
        containment.mark(),
        family.all(),
        family.sentinel());
  }

  /**
   * Runs soon after the first spawn: asks whether the seam holds, and loads what the end needs, as
   * loading classes for the first time inside a shutdown hook is a hazard.
   */
  Runnable warmUp() {
    // Not ignored before the seam has been heard: a start that goes by would lose its status.
    sigchld.hold();
    return new WarmUp();
  }

  /** Starts go by unheard on this JDK. */
  void notInstrumented() {
    sigchld.leave();
  }

  private final class WarmUp implements Runnable {
    @Override
    public void run() {
      try {
        // The first spawn, and a worker that is over with it, need both cores for themselves.
        Thread.sleep(WARM_UP_MILLIS);
      } catch (InterruptedException ended) {
        return;
      }
      boolean heard = recorder.check();
      if (heard) {
        sigchld.release();
      }
      recorder.warmUp();
      exitHook();
      coverage().warmUp();
    }
  }
}
