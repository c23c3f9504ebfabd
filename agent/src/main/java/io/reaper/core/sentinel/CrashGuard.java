package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.spawn.OwnProcesses;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Makes the modes hold after a crash, from the first start of a process on: the ledger, and a
 * sentinel that has it swept.
 */
public final class CrashGuard implements Runnable {

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

  private volatile State state = State.NOT_YET;
  private volatile boolean started;
  private WorkerLedger ledger;
  private volatile SentinelWatch watch;
  private volatile GroupSentinel ofGroup;

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
      startOnce();
    } else if (state == State.ON && watch != null) {
      watch.tryAgain();
    }
  }

  private synchronized void startOnce() {
    if (state != State.NOT_YET) {
      return;
    }
    if (!options.get().sentinel()
        || !options.get().killsProcesses()
        || proc.self() == ProcessId.INIT) {
      state = State.OFF;
      return;
    }
    if (!proc.tellsStartTimes()) {
      beginForGroup();
      return;
    }
    try {
      begin();
    } finally {
      // Only once, whatever comes of it: the watch itself tries again to have a sentinel, and a
      // second one would let go of the lifeline of the first.
      state = State.ON;
    }
  }

  /** Guards the group alone: without /proc no member is known but by its being one. */
  private void beginForGroup() {
    if (containment.group() != 0 && family.kept().all().isEmpty()) {
      ofGroup = GroupSentinel.start(ownProcesses, proc.self(), log);
    }
    state = ofGroup == null ? State.OFF : State.ON;
  }

  private void changeForGroup() {
    if (state == State.ON) {
      heedKept();
      if (containment.group() == 0 || !options.get().sentinel()) {
        stop();
      }
    } else if (options.get().sentinel() && !family.isEmpty()) {
      beginForGroup();
    } else {
      state = State.NOT_YET;
    }
  }

  /** Gives the group up if it holds a process that may outlive the worker: no look spares that. */
  public void heedKept() {
    if (ofGroup != null && !family.kept().all().isEmpty()) {
      log.warn(
          "the process group is left alone, as it holds a process that may outlive the worker");
      stop();
    }
  }

  private void begin() {
    ledger = new WorkerLedger(options, proc, family, containment, log);
    LedgerContents contents = ledger.begin();
    if (contents != null) {
      Sentinel sentinel = new Sentinel(ownProcesses);
      watch = new SentinelWatch(ledger, sentinel, starts, proc, family, posix, this, log);
      watch.start(contents, options.get().needsNative());
    }
  }

  /** Applies changed options: they hold in a crash, too, from now on. */
  public synchronized void change() {
    if (!proc.tellsStartTimes()) {
      changeForGroup();
    } else if (state == State.ON && options.get().sentinel()) {
      ledger.change();
      if (options.get().killLog() != null && watch != null) {
        watch.giveKillLog();
      }
    } else if (state == State.ON) {
      stop();
      state = State.NOT_YET;
    } else {
      state = State.NOT_YET;
      if (!family.isEmpty()) {
        startOnce();
      }
    }
  }

  /** Does for workers that died together with their sentinels what those would have done. */
  @Override
  public void run() {
    for (File place : options.get().places(new OwnProc().environment(PrivateDirectory.RUNTIME))) {
      try {
        if (place.exists()) {
          new Sweeper(proc, posix, proc.self(), log).sweepAll(LedgerDirectory.open(place));
        }
      } catch (IOException | RuntimeException left) {
        log.info("could not sweep up after dead workers in " + place + ": " + left);
      }
    }
  }

  /** Whether the worker has started a process. */
  public boolean hasStarted() {
    return started;
  }

  /**
   * Dismisses the sentinel, or leaves it the last look, as the worker has ended its processes in
   * order, and none is left.
   *
   * @param certain whether that is beyond doubt; otherwise the sentinel has the last word, once the
   *     worker is dead: one stroke, and one more look
   */
  public void end(boolean certain) {
    if (state != State.ON) {
      return;
    }
    if (certain) {
      stop();
    } else if (ledger != null) {
      ledger.leaveToTheSentinel();
    }
  }

  private void stop() {
    if (ofGroup != null) {
      ofGroup.dismiss();
      ofGroup = null;
      state = State.OFF;
    } else if (ledger != null) {
      ledger.remove();
      if (watch != null) {
        watch.dismiss();
      }
    }
  }
}
