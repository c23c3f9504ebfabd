package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.end.Report;
import io.reaper.core.end.Targets;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Starts;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.sentinel.CrashGuard;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends the worker in an orderly way when the application's own shutdown hooks have finished, in the
 * order in which it happens. Every process that must die is killed, and one line says which.
 */
final class OrderlyEnd implements Runnable {
  /** One look in six misses an orphan that forks and ends all the time. */
  private static final int LOOKS_AT_ADOPTED = 5;

  /**
   * How much longer than the grace the end may take: twelve seconds where processes fork faster
   * than they die, and the rest where the CPU is short.
   */
  private static final long MARGIN_MILLIS = 20_000;

  private static final long LAST_WORD_MILLIS = 1_000;

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
    boolean fails = endInTime();
    recordings.finish();
    if (fails) {
      // Nothing of the JDK's or the application's comes after this hook but the end itself.
      Runtime.getRuntime().halt(LEAKED);
    }
  }

  /**
   * Ends the processes on a thread that this one does not wait for any longer than it can take: a
   * read of /proc/PID/environ hangs for as long as that process hangs in a page fault (a dead NFS
   * server), and a write to stderr until the pipe is read.
   */
  private boolean endInTime() {
    Ending ending = new Ending();
    long most = options.get().graceMillis() + MARGIN_MILLIS;
    Thread thread = AgentThread.start("reaper-end", ending, log);
    if (thread == null) {
      ending.run();
    } else if (!hasEnded(thread, most)) {
      tellThatItIsLate(most);
    }
    return leaked;
  }

  private void tellThatItIsLate(long millis) {
    Thread thread = AgentThread.start("reaper-end", new LateWord(millis), log);
    if (thread != null) {
      hasEnded(thread, LAST_WORD_MILLIS);
    }
  }

  private static boolean hasEnded(Thread thread, long withinMillis) {
    long deadline = System.nanoTime() + withinMillis * 1_000_000;
    for (long left = withinMillis; left > 0 && thread.isAlive(); ) {
      try {
        thread.join(left);
      } catch (InterruptedException hurried) {
        // An interrupt asks the JVM to end faster; the processes come first all the same.
        Thread.yield();
      }
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return !thread.isAlive();
  }

  /** Whether the exit status is to tell of a leak. */
  private volatile boolean leaked;

  private final class Ending implements Runnable {
    @Override
    public void run() {
      try {
        if (recordings.observation().isObserved()) {
          // So that nothing that has happened by now is missing in the recordings.
          housekeeper.look();
        }
        end();
      } catch (Throwable broken) {
        // The worker's own end, and its exit status, matter more than the agent's.
        log.error("could not end this worker's processes: " + broken);
      }
    }
  }

  private final class Asking implements Runnable {
    @Override
    public void run() {
      guard.asksToEnd();
    }
  }

  private final class LateWord implements Runnable {
    private final long millis;

    LateWord(long millis) {
      this.millis = millis;
    }

    @Override
    public void run() {
      log.error(
          "could not end this worker's processes within "
              + millis / 1000
              + " s, as a look at one of them or a write to the log hangs; "
              + whatIsLeft());
    }
  }

  /** Ends all processes; returns whether the exit status is to tell of that. */
  boolean end() {
    if (!mayHaveProcesses()) {
      leave(true);
      return false;
    }
    Targets targets = worker.targets();
    Termination.Outcome outcome = endAll(targets);
    if (targets.sawAll()) {
      leave(outcome.left().isEmpty());
    } else {
      log.error(
          "cannot look at all of this worker's processes, as a file cannot be opened (too many are"
              + " open?); "
              + whatIsLeft());
    }
    return leaked;
  }

  /** Returns, in words, what becomes of the processes that this end leaves. */
  private String whatIsLeft() {
    if (self == ProcessId.INIT) {
      return "the kernel ends what is left";
    }
    ProcessId sentinel = family.sentinel();
    return sentinel == null || proc.isUnseen(sentinel)
        ? "what is left lives on"
        : "the sentinel ends what is left";
  }

  private Termination.Outcome endAll(Targets targets) {
    Termination.Outcome outcome = worker.termination(new Asking()).end(targets);
    // Before a word of it, which may hang.
    leaked = outcome.foundProcesses() && options.get().leaksFail();
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
    int failed = proc.failedLooks();
    // An orphan in the group is a child of the worker only if that is a subreaper.
    return !family.isEmpty()
        || containment.group() != 0 && !containment.isSubreaper()
        || containment.isSubreaper() && guard.hasStarted() && hasAdopted()
        || containment.isToBeLeft()
        || !worker.children().isEmpty()
        || proc.failedLooks() != failed;
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
   * Loads most of what the end needs, so that it does not take time then. The rest comes from the
   * agent's jar, which is held in memory, and from the JDK's modules, which stay mapped.
   */
  void warmUp() {
    new Ending();
    worker.termination(null);
    worker.targets().warmUp();
  }
}
