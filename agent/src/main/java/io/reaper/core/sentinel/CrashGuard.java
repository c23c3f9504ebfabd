package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.jvm.AgentThread;
import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Makes the modes hold after a crash: the ledger, and the sentinel that has it swept. */
public final class CrashGuard implements Runnable {
  /** What the guard needs of the worker. */
  public interface Worker extends Sentinel.Starter {
    /** No program that native code starts inherits that pipe from the worker. */
    void closeOnExec(String pipe);

    /** Ends what dead workers of that directory have left behind. */
    void sweep(LedgerDirectory directory);
  }

  private static final long QUICK_DEATH_NANOS = 1_000_000_000L;
  private static final int QUICK_DEATHS = 5;
  private static final int MOST_TRIES = 5;
  private static final long RETRY_NANOS = 100_000_000L;
  private static final long SWEEP_MILLIS = 100;
  private static final int INIT = 1;
  private volatile Options options;
  private final ProcFs proc;
  private final Family family;
  private final Containment containment;
  private final Worker worker;
  private final Log log;

  private Ledger ledger;
  private Sentinel sentinel;
  private boolean isShell;
  private volatile boolean hasEnded;
  private volatile boolean dismissed;
  private final Turnstile turnstile = new Turnstile();

  /** Does nothing before {@link #start}. */
  public CrashGuard(
      Options options,
      ProcFs proc,
      Family family,
      Containment containment,
      Worker worker,
      Log log) {
    this.options = options;
    this.proc = proc;
    this.family = family;
    this.containment = containment;
    this.worker = worker;
    this.log = log;
  }

  /**
   * Starts to guard, before the first spawn. What is missing costs a line, and the worker goes on.
   */
  public void start() {
    Ledger.Contents contents = contents();
    try {
      contents = beginLedger(contents);
    } catch (IOException | RuntimeException refused) {
      log.warn(
          "cannot keep a ledger in "
              + place()
              + " ("
              + refused.getMessage()
              + "); in a crash, processes that only a ledger names outlive this worker. Name a"
              + " directory with dir=");
      if (containment.group() == 0 && containment.cgroup() == null && containment.mark() == 0) {
        return;
      }
    }
    sentinel = new Sentinel(worker);
    turnstile.close();
    boolean watching = false;
    try {
      // A JVM takes its time to start, and the first spawn does not wait for it.
      ProcessBuilder shell = shell(contents);
      isShell = shell != null;
      if (!isShell || startSentinel(shell)) {
        AgentThread.start("reaper-sentinel", this, log);
        watching = true;
      }
    } finally {
      if (!watching) {
        turnstile.open();
      }
    }
  }

  /**
   * Returns when the fork may happen: a worker that is killed in the middle of it is still swept.
   */
  public void beforeStart() {
    turnstile.enter();
  }

  /** The fork is over. */
  public void afterStart() {
    turnstile.leave();
  }

  private ProcessBuilder shell(Ledger.Contents contents) {
    String path = new OwnProc().environment("PATH").getOrDefault("PATH", "");
    try {
      return SentinelCommand.shell(path, ledgerPath(), contents.header(), procsAbove());
    } catch (IOException unprintable) {
      // Nor could it be written into a ledger.
      log.debug("the sentinel cannot be told what to do: " + unprintable.getMessage());
      return null;
    }
  }

  private ProcessBuilder command() {
    ProcessBuilder shell = isShell ? shell(contents()) : null;
    return shell == null ? SentinelCommand.jvm(ledgerPath(), procsAbove()) : shell;
  }

  private String ledgerPath() {
    return ledger == null ? SentinelCommand.NONE : ledger.file().getPath();
  }

  /** Other options: they are entered in the ledger, which the sentinel reads when it must act. */
  public void change(Options other) {
    options = other;
    try {
      if (ledger == null) {
        throw new IOException("there is no ledger");
      }
      ledger.change(contents());
    } catch (IOException refused) {
      log.warn(
          "the sentinel keeps to the options of before ("
              + refused.getMessage()
              + "): in a crash"
              + " these hold");
    }
  }

  private File place() {
    return options.place(new OwnProc().environment(PrivateDirectory.RUNTIME));
  }

  private Ledger.Contents beginLedger(Ledger.Contents contents) throws IOException {
    LedgerDirectory directory = LedgerDirectory.open(place());
    File file = directory.fileOf(contents.worker());
    Ledger.Contents latest = takeOver(file, contents) ? contents() : contents;
    ledger = Ledger.create(file, latest);
    family.keepIn(ledger);
    return latest;
  }

  /**
   * A process that is restarted by execve(2) keeps its pid, its start time and its children, and
   * finds the ledger that it has begun before. Returns whether it has.
   */
  private boolean takeOver(File before, Ledger.Contents now) throws IOException {
    if (!before.exists()) {
      return false;
    }
    Ledger.Contents known = Ledger.read(before);
    boolean same =
        known.worker().equals(now.worker()) && known.numberSpace().equals(now.numberSpace());
    if (same) {
      family.takeOver(known, proc);
    }
    return same;
  }

  private Ledger.Contents contents() {
    ProcessInfo self = proc.read(proc.self());
    return new Ledger.Contents(
        self.id(),
        containment.group(),
        containment.isJob(),
        self.session(),
        containment.mark(),
        proc.numberSpace(),
        SentinelCommand.orders(containment.modes(), options, hasEnded),
        options.logFile() == null ? "" : options.logFile().toAbsolutePath().toString(),
        options.toString(),
        containment.cgroup() == null ? "" : containment.cgroup().leaf().getPath(),
        mainClass(),
        Set.copyOf(family.bystanders()),
        Set.copyOf(family.kept()),
        null,
        Map.of());
  }

  /** Returns what the launcher was given (a property that every JDK with a launcher sets). */
  public static String mainClass() {
    String command = System.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    return end < 0 ? command : command.substring(0, end);
  }

  /** The sentinel is not in the worker's cgroup, or it would die with it. */
  private String procsAbove() {
    return containment.cgroup() == null
        ? SentinelCommand.NONE
        : new File(containment.cgroup().leaf().getParentFile(), "cgroup.procs").getPath();
  }

  private boolean startSentinel(ProcessBuilder command) {
    try {
      tryToStart(command);
      return true;
    } catch (IOException refused) {
      tellThatThereIsNone(refused);
      return false;
    }
  }

  private void tryToStart(ProcessBuilder command) throws IOException {
    sentinel.start(command);
    if (options.needsNative()) {
      // The C library is there already, so that nobody can be forked meanwhile.
      worker.closeOnExec(sentinel.pipe());
      turnstile.open();
    }
  }

  private void tellThatThereIsNone(IOException refused) {
    log.warn(
        "cannot start the sentinel ("
            + refused
            + "); if this worker is killed, the next worker of this user sweeps up after it");
  }

  /** Watches over the sentinel: one that dies is replaced. */
  @Override
  public void run() {
    try {
      if (!isShell && !startSentinel(command())) {
        return;
      }
      closeLifeline();
    } finally {
      turnstile.open();
    }
    sweepUpAfterTheDead();
    int quickDeaths = 0;
    while (quickDeaths < QUICK_DEATHS) {
      long started = System.nanoTime();
      ProcessInfo born = family.watchedBy(sentinel.awaitBirth(), proc);
      sentinel.awaitDeath();
      if (dismissed) {
        return;
      }
      quickDeaths = System.nanoTime() - started < QUICK_DEATH_NANOS ? quickDeaths + 1 : 0;
      replace(born);
      if (!startAnother()) {
        return;
      }
      if (dismissed) {
        dismissSentinel();
        return;
      }
    }
    log.warn(
        "the sentinel dies each time it is started; if this worker is killed, the next worker of this"
            + " user sweeps up after it");
  }

  private boolean startAnother() {
    turnstile.close();
    try {
      for (int tries = 1; ; tries++) {
        try {
          tryToStart(command());
          worker.closeOnExec(sentinel.pipe());
          return true;
        } catch (IOException refused) {
          if (dismissed || tries == MOST_TRIES) {
            tellThatThereIsNone(refused);
            return false;
          }
          // Native code that closes all descriptors may have met those of the new one, too.
          log.debug("could not start the sentinel at this try: " + refused);
          LockSupport.parkNanos(RETRY_NANOS);
        }
      }
    } finally {
      turnstile.open();
    }
  }

  /**
   * A subreaper above the worker may kill what comes to it (Ray's raylet does, every 10 s), and
   * would kill the next one, too, if that came to it.
   */
  private void replace(ProcessInfo killed) {
    if (killed != null && killed.parent() != INIT && killed.parent() != proc.self()) {
      sentinel.shelter();
      log.info(
          "the sentinel is gone; process "
              + killed.parent()
              + ", which adopted it, may have done that: the next one is a child of this worker");
    } else {
      log.info("the sentinel is gone, or the pipe to it; starting another");
    }
  }

  private void closeLifeline() {
    try {
      // The first spawn needs both cores for itself.
      Thread.sleep(SWEEP_MILLIS);
      worker.closeOnExec(sentinel.pipe());
    } catch (InterruptedException | RuntimeException left) {
      log.info("what native code forks may hold the lifeline open: " + left);
    }
  }

  /** Does for workers that died together with their sentinels what those would have done. */
  private void sweepUpAfterTheDead() {
    for (File place : options.places(new OwnProc().environment(PrivateDirectory.RUNTIME))) {
      try {
        if (place.exists()) {
          worker.sweep(LedgerDirectory.open(place));
        }
      } catch (IOException | RuntimeException left) {
        log.info("could not sweep up after dead workers in " + place + ": " + left);
      }
    }
  }

  /**
   * The worker has ended its processes in order, and nobody is left.
   *
   * @param certain whether that is beyond doubt; otherwise the sentinel has the last word, once the
   *     worker is dead: one stroke, and one more look
   */
  public void end(boolean certain) {
    if (certain) {
      dismiss();
      return;
    }
    hasEnded = true;
    if (ledger != null) {
      change(options);
    }
  }

  /** Neither the sentinel nor the ledger is needed any more. */
  public void dismiss() {
    dismissed = true;
    family.keepIn(null);
    try {
      if (ledger != null) {
        ledger.close();
      }
    } catch (IOException gone) {
      log.debug("the ledger was gone already: " + gone.getMessage());
    }
    if (sentinel != null) {
      dismissSentinel();
    }
  }

  private void dismissSentinel() {
    try {
      sentinel.dismiss();
    } catch (IOException gone) {
      log.debug("the sentinel was gone already: " + gone.getMessage());
    }
  }
}
