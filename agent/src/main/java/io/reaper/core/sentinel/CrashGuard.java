package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.jvm.OffCarrier;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.spawn.OwnProcesses;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes the modes hold after a crash, from the first start of a process on: the ledger, and a
 * sentinel that has it swept.
 */
public final class CrashGuard implements Runnable {
  /**
   * The start of a sentinel takes milliseconds; one that hangs must not keep others from theirs.
   */
  private static final long LONGEST_WAIT_NANOS = 10_000_000_000L;

  /** What the guard does for the worker. */
  private enum State {
    /** Nothing, as the worker has started no process yet. */
    NOT_YET,
    /** The sentinel watches, as far as there can be one. */
    ON,
    /** Nothing, as the options or the kernel have it. */
    OFF
  }

  private final AtomicReference<Options> options;
  private final ProcFs proc;
  private final Family family;
  private final Containment containment;
  private final Starts starts;
  private final OwnProcesses ownProcesses;
  private final Posix posix;
  private final Log log;

  private final ReentrantLock lock = new ReentrantLock();
  private OffCarrier offCarrier;
  private volatile State state = State.NOT_YET;
  private volatile boolean started;
  private WorkerLedger ledger;
  private volatile SentinelWatch watch;
  private volatile GroupGuard ofGroup;

  /** Creates the guard, which does nothing before {@link #start}. */
  public CrashGuard(
      AtomicReference<Options> options,
      ProcFs proc,
      Family family,
      Containment containment,
      Starts starts,
      OwnProcesses ownProcesses,
      Posix posix,
      Log log) {
    this.options = options;
    this.proc = proc;
    this.family = family;
    this.containment = containment;
    this.starts = starts;
    this.ownProcesses = ownProcesses;
    this.posix = posix;
    this.log = log;
  }

  /**
   * Guards from now on, if it does not yet: returns when the fork of the start in hand may happen.
   * What is missing costs a line of the log, and the worker goes on. A worker that is the first
   * process of its PID namespace needs no guard: the kernel ends every process there with it
   * (pid_namespaces(7)).
   */
  public void start() {
    started = true;
    if (state == State.NOT_YET) {
      startOnce(LONGEST_WAIT_NANOS);
    } else if (state == State.ON && watch != null) {
      watch.tryAgain();
    }
  }

  /** Guards from now on if there was no descriptor for that when the start in hand began. */
  public void startIfPutOff() {
    if (state == State.NOT_YET && started) {
      startOnce(0);
    }
  }

  private void startOnce(long patienceNanos) {
    if (AgentThread.isCallerVirtual()) {
      offCarrier().await(patienceNanos);
    } else {
      startHere(patienceNanos);
    }
  }

  private synchronized OffCarrier offCarrier() {
    if (offCarrier == null) {
      Runnable work =
          new Runnable() {
            @Override
            public void run() {
              startHere(LONGEST_WAIT_NANOS);
            }
          };
      offCarrier = new OffCarrier("reaper-guard", work, log);
    }
    return offCarrier;
  }

  private void startHere(long patienceNanos) {
    if (hasLock(patienceNanos)) {
      try {
        if (state == State.NOT_YET) {
          startNow();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Takes the lock; false if another thread has it for so long. */
  private boolean hasLock(long patienceNanos) {
    boolean interrupted = false;
    boolean taken = lock.tryLock();
    long deadline = System.nanoTime() + patienceNanos;
    for (long left = patienceNanos; !taken && left > 0; ) {
      try {
        taken = lock.tryLock(left, TimeUnit.NANOSECONDS);
      } catch (InterruptedException later) {
        interrupted = true;
      }
      left = deadline - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return taken;
  }

  private void startNow() {
    if (proc.self() == ProcessId.INIT) {
      state = State.OFF;
      return;
    }
    if (!options.get().sentinel() || !options.get().killsProcesses()) {
      state = State.OFF;
      ledgerKeeper().disarmEarlier();
      return;
    }
    if (!proc.tellsStartTimes()) {
      ofGroup = new GroupGuard(family, containment, ownProcesses, proc.self(), log);
      ofGroup.start();
      state = State.ON;
      heedKept(!ofGroup.isOn());
      return;
    }
    if (proc.me() == null) {
      // No descriptor is free: it is tried once more when the start is over, and by the next one.
      return;
    }
    try {
      begin();
    } finally {
      // Only once, whatever comes of it: the watch itself tries again to have a sentinel, and a
      // second one would let go of the lifeline of the first.
      state = State.ON;
    }
    if (watch != null) {
      heedKept(ledger.isThere());
    }
  }

  /** Gives the guard up, unless the sentinel is told, as soon as a process must be kept. */
  void heedKept(boolean isTold) {
    family.kept().tellIfUntold(this, isTold);
    if (!isTold && ledger != null && !ledger.hasToldOf(family.kept().all())) {
      run();
    }
  }

  /** Gives the guard up, as a process must be kept that the sentinel does not know of. */
  @Override
  public void run() {
    if (ofGroup != null) {
      ofGroup.heedKept();
    } else if (state == State.ON) {
      state = State.OFF;
      watch.dismiss(SentinelCommand.DONE);
      ledger.remove();
      log.warn(
          "the ledger does not tell the sentinel of a process that is to be kept; the sentinel is"
              + " dismissed, and if this worker is killed, its processes outlive it");
    }
    family.kept().tellIfUntold(null, true);
  }

  private WorkerLedger ledgerKeeper() {
    return new WorkerLedger(options, proc, family, starts.flag(), containment, log);
  }

  private void begin() {
    ledger = ledgerKeeper();
    LedgerContents contents = ledger.begin();
    if (contents != null) {
      Sentinel sentinel = new Sentinel(ownProcesses);
      watch = new SentinelWatch(ledger, sentinel, starts, proc, family, posix, this, log);
      watch.start(contents, options.get().needsNative());
    }
  }

  /** Applies changed options: they hold in a crash, too, from now on. */
  public void change() {
    lock.lock();
    try {
      changeNow();
    } finally {
      lock.unlock();
    }
  }

  private void changeNow() {
    boolean wanted = options.get().sentinel();
    if (ofGroup != null && ofGroup.isOn()) {
      ofGroup.change(wanted);
      heedKept(!ofGroup.isOn());
    } else if (state != State.ON || ofGroup != null) {
      state = State.NOT_YET;
      if (!wanted || !options.get().killsProcesses()) {
        ledgerKeeper().disarmEarlier();
      } else if (!family.isEmpty()) {
        startOnce(0);
      }
    } else if (!wanted || !ledger.change()) {
      stop(SentinelCommand.DONE);
      state = State.NOT_YET;
      if (wanted) {
        // As after its first start: another ledger has more room, or another sentinel is told.
        startOnce(0);
      }
    } else if (options.get().killLog() != null && watch != null) {
      watch.giveKillLog();
    }
  }

  /** Begins, on a thread of its own, to sweep up after workers that died with their sentinels. */
  void sweepForOthers() {
    AgentThread.start("reaper-sweeper", new SweepForOthers(options, proc, posix, log), log);
  }

  /** Whether the worker has started a process. */
  public boolean hasStarted() {
    return started;
  }

  /** Tells the sentinel that the orderly end asks the processes to end: it is not to ask again. */
  public void asksToEnd() {
    if (state == State.ON && ledger != null) {
      ledger.reach(SentinelCommand.ASKED);
    }
  }

  /**
   * Ends the guard: dismisses the sentinel if it is certain that no process is left; else that has
   * the last word, once the worker is dead: one stroke, and one more look.
   */
  public void end(boolean certain) {
    if (state != State.ON) {
      return;
    }
    if (certain) {
      // A process above that waits for any child must not meet the sentinel before the worker.
      stop(SentinelCommand.ENDED);
    } else if (ledger != null) {
      ledger.reach(SentinelCommand.ENDED);
    }
  }

  private void stop(String word) {
    family.kept().tellIfUntold(null, true);
    if (ofGroup != null) {
      ofGroup.stop();
    } else if (ledger != null) {
      ledger.remove();
      if (watch != null) {
        watch.dismiss(word);
      }
    }
  }
}
