package io.reaper.core.sentinel;

import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** Has one sentinel after another watch over the worker: one that dies is replaced. */
final class SentinelWatch implements Runnable {
  // Sentinels that die so soon, so many in a row, are killed by what would kill the next one.
  private static final long QUICK_DEATH_NANOS = 1_000_000_000L;
  private static final int QUICK_DEATHS = 5;
  private static final int MOST_TRIES = 5;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final long SETTLING_MILLIS = 100;

  /** Where no sentinel can be started, each try costs the worker some forks. */
  private static final long LAPSE_NANOS = 60_000_000_000L;

  private final WorkerLedger ledger;
  private final Sentinel sentinel;
  private final Starts starts;
  private final ProcFs proc;
  private final Family family;
  private final Posix posix;
  private final CrashGuard guard;
  private final Log log;
  private boolean isShell;
  private boolean hasLibrary;
  private boolean started;
  private boolean told;
  private int replaced;
  private volatile boolean swept;
  private volatile boolean dismissed;
  private volatile boolean isThreadless;

  /** When the last try to have a sentinel failed, or 0 while one watches or is on its way. */
  private volatile long lapsed;

  /**
   * Creates the watch; starts no sentinel before {@link #start}.
   *
   * @param guard sweeps for others once the first sentinel watches, or is not available
   */
  SentinelWatch(
      WorkerLedger ledger,
      Sentinel sentinel,
      Starts starts,
      ProcFs proc,
      Family family,
      Posix posix,
      CrashGuard guard,
      Log log) {
    this.ledger = ledger;
    this.sentinel = sentinel;
    this.starts = starts;
    this.proc = proc;
    this.family = family;
    this.posix = posix;
    this.guard = guard;
    this.log = log;
  }

  /**
   * Starts the first sentinel; a shell before this returns, a JVM on a thread of its own, as it
   * takes its time and the first spawn does not wait for it. What fails is tried again there.
   *
   * @param hasLibrary whether native functions can be called by now, so that no process that native
   *     code starts ever inherits the lifeline
   */
  void start(LedgerContents contents, boolean hasLibrary) {
    this.hasLibrary = hasLibrary;
    ProcessBuilder shell = ledger.shell(contents);
    isShell = shell != null;
    if (!isShell && ledger.path().equals(SentinelCommand.NONE)) {
      log.warn(
          "cannot start the sentinel (there is no sh with setsid on PATH, and without a ledger a JVM"
              + " knows of no worker); if this worker is killed, its processes outlive it");
      return;
    }
    starts.forkOneAtATime();
    try {
      started = isShell && isStarted(shell);
    } finally {
      startThread();
    }
  }

  /** Tries again to have a sentinel, if that was in vain a while ago. */
  void tryAgain() {
    if (isThreadless || lapsed != 0) {
      startAnew();
    }
  }

  private synchronized void startAnew() {
    boolean lapses = lapsed != 0 && System.nanoTime() - lapsed > LAPSE_NANOS;
    if (!dismissed && (isThreadless || lapses)) {
      started = started && isThreadless;
      lapsed = 0;
      startThread();
    }
  }

  private synchronized void startThread() {
    isThreadless = AgentThread.start("reaper-sentinel", this, log) == null;
    if (isThreadless) {
      starts.forkFreely();
      if (!started && !told) {
        told = true;
        log.warn(
            "no thread is available to start the sentinel; if this worker is killed before the next"
                + " start of a process, the next worker of this user sweeps up after it");
      }
    }
  }

  private ProcessBuilder command() throws IOException {
    ledger.renewIfGone();
    guard.heedKept(ledger.isThere());
    ProcessBuilder shell = isShell ? ledger.shell(ledger.contents()) : null;
    return shell == null ? SentinelCommand.jvm(ledger.path(), ledger.procsAbove()) : shell;
  }

  private boolean isStarted(ProcessBuilder command) {
    try {
      sentinel.start(command);
      if (hasLibrary) {
        closeLifelineOnExec();
        starts.forkFreely();
      }
      return true;
    } catch (IOException refused) {
      log.debug("could not start the sentinel at the first try: " + refused);
      return false;
    }
  }

  /** Says once that there is no sentinel, and why; a later start tries again. */
  private void lapse(String why) {
    lapsed = System.nanoTime() | 1;
    if (!starts.areClosed() && !dismissed && !told) {
      told = true;
      log.warn(
          why
              + "; if this worker is killed, the next worker of this user sweeps up after it. Starts"
              + " of processes try again, once a minute");
    }
  }

  /** Makes the lifeline close-on-exec, so that no program that native code starts inherits it. */
  private void closeLifelineOnExec() {
    for (int descriptor : proc.own().descriptors(sentinel.pipe())) {
      posix.closeOnExec(descriptor);
    }
  }

  @Override
  public void run() {
    try {
      if (started) {
        closeLifelineLater();
      }
    } finally {
      starts.forkFreely();
    }
    boolean watches = started || startAnother();
    sweepOnce();
    if (watches) {
      watch();
    }
  }

  /** Sweeps on a thread of its own: dead workers' processes have their grace, one after another. */
  private void sweepOnce() {
    if (!swept) {
      swept = true;
      guard.sweepForOthers();
    }
  }

  private void watch() {
    int quickDeaths = 0;
    while (true) {
      if (told) {
        told = false;
        log.info("a sentinel watches over this worker again");
      }
      lapsed = 0;
      long since = System.nanoTime();
      int before = replaced();
      ProcessInfo born = family.watchedBy(sentinel.awaitBirth(), proc);
      sentinel.awaitDeath();
      if (dismissed) {
        return;
      } else if (replaced() != before) {
        continue;
      }
      quickDeaths = System.nanoTime() - since < QUICK_DEATH_NANOS ? quickDeaths + 1 : 0;
      if (quickDeaths == QUICK_DEATHS) {
        lapse("the sentinel dies each time it is started");
        return;
      }
      tellOfTheDeathOf(born);
      if (!startAnother()) {
        return;
      }
    }
  }

  private synchronized int replaced() {
    return replaced;
  }

  /** Has another sentinel take over from a shell that was not given what writes a kill log. */
  synchronized void giveKillLog() {
    if (isShell && !ledger.isShellLoggingKills() && sentinel.pipe() != null && !dismissed) {
      replaced++;
      starts.forkOneAtATime();
      try {
        sentinel.replace(command());
        closeLifelineOnExec();
      } catch (IOException refused) {
        // The one that there was has been dismissed, and its death has the next one started.
        replaced--;
        log.debug("could not replace the sentinel: " + refused);
      } finally {
        starts.forkFreely();
      }
    }
  }

  private void closeLifelineLater() {
    try {
      // The first spawn needs both cores for itself.
      Thread.sleep(SETTLING_MILLIS);
      closeLifelineOnExec();
    } catch (InterruptedException | RuntimeException left) {
      log.info("what native code forks may hold the lifeline open: " + left);
    }
  }

  private synchronized boolean startAnother() {
    starts.forkOneAtATime();
    try {
      for (int tries = 1; ; tries++) {
        try {
          sentinel.start(command());
          closeLifelineOnExec();
          return true;
        } catch (IOException refused) {
          if (dismissed || starts.areClosed() || tries == MOST_TRIES) {
            lapse("cannot start the sentinel (" + refused + ")");
            return false;
          }
          // Native code that closes all descriptors may have met those of the new one, too.
          log.debug("could not start the sentinel at this try: " + refused);
          LockSupport.parkNanos(RETRY_NANOS);
        }
      }
    } finally {
      starts.forkFreely();
    }
  }

  /**
   * Tells of a sentinel's death, and shelters the next one if another process adopted this one: a
   * subreaper above the worker may kill what comes to it (Ray's raylet does, every 10 s), and would
   * kill the next one, too.
   */
  private void tellOfTheDeathOf(ProcessInfo killed) {
    if (killed != null && killed.parent() != ProcessId.INIT && killed.parent() != proc.self()) {
      sentinel.shelter();
      log.info(
          "the sentinel is gone; process "
              + killed.parent()
              + ", which adopted it, may have done that: the next one is a child of this worker");
    } else {
      log.info("the sentinel is gone, or the pipe to it; starting another");
    }
  }

  /** Dismisses the sentinel by that word: it does nothing any more, and is not replaced. */
  void dismiss(String word) {
    dismissed = true;
    try {
      sentinel.dismiss(word);
    } catch (IOException gone) {
      log.debug("the sentinel was gone already: " + gone.getMessage());
    }
  }
}
