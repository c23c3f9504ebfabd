package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.AgentThread;
import io.reaper.core.family.Family;
import io.reaper.core.family.Ledger;
import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.family.Self;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.Signal;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes the modes hold after a crash: the ledger, and the sentinel that has it swept. */
public final class Guard implements Runnable {
  /** What the guard needs of the worker. */
  public interface Worker extends Sentinel.Starter {
    /** No program that native code starts inherits that pipe from the worker. */
    void closeOnExec(String pipe);

    /** Ends what dead workers of that directory have left behind. */
    void sweep(LedgerDirectory directory);
  }

  private static final long QUICK_DEATH_NANOS = 1_000_000_000L;
  private static final int QUICK_DEATHS = 5;
  private static final long SWEEP_MILLIS = 100;
  private static final int INIT = 1;

  private volatile Options options;
  private final ProcFs proc;
  private final Family family;
  private final Containment containment;
  private final Worker worker;
  private final Log log;

  private LedgerDirectory directory;
  private Ledger ledger;
  private Sentinel sentinel;
  private boolean isShell;
  private volatile boolean dismissed;
  private volatile boolean changing;
  private final Turnstile turnstile = new Turnstile();

  /** Not there before {@link #start}. */
  public Guard(
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

  /** Before the first spawn. What is not to be had costs a line, and the worker goes on. */
  public void start() {
    try {
      beginLedger();
    } catch (IOException | RuntimeException refused) {
      log.warn(
          "cannot keep a ledger in "
              + place()
              + " ("
              + refused
              + "); if this worker is killed, its processes outlive it. Name a directory with dir=");
      return;
    }
    sentinel = new Sentinel(worker, command());
    turnstile.close();
    boolean watching = false;
    try {
      // A JVM takes its time to start, and the first spawn does not wait for it.
      if (!isShell || startSentinel()) {
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

  private ProcessBuilder command() {
    String path = new Self().environment("PATH").getOrDefault("PATH", "");
    List<String> shell = Programs.shell(path, procsAbove(), scriptArguments());
    isShell = shell != null;
    return isShell ? new ProcessBuilder(shell) : jvmSentinel();
  }

  /**
   * Other options: they are entered in the ledger, and another sentinel watches. Should the worker
   * die between the two, the next worker of this user finds the ledger.
   */
  public void change(Options other) {
    options = other;
    try {
      if (ledger != null) {
        ledger.change(contents());
        changing = true;
        sentinel.become(command());
      }
    } catch (IOException refused) {
      log.warn("the sentinel keeps to the options of before (" + refused.getMessage() + ")");
    }
  }

  private ProcessBuilder jvmSentinel() {
    ProcessBuilder builder =
        new ProcessBuilder(Programs.java("sentinel-start", ledger.file().getPath(), procsAbove()));
    builder.environment().keySet().removeAll(Programs.OPTIONS_FOR_WORKERS);
    return builder;
  }

  private File place() {
    return options.place(new Self().environment(PrivateDirectory.RUNTIME));
  }

  private void beginLedger() throws IOException {
    directory = LedgerDirectory.open(place());
    Ledger.Contents contents = contents();
    ledger = Ledger.create(directory.fileOf(contents.worker()), contents);
    family.keepIn(ledger);
  }

  private Ledger.Contents contents() {
    return new Ledger.Contents(
        proc.read(proc.self()).id(),
        containment.group(),
        containment.mark(),
        proc.placeOfNumbers(),
        options.toString(),
        containment.cgroup() == null ? "" : containment.cgroup().leaf().getPath(),
        mainClass(),
        Set.copyOf(family.bystanders()),
        Set.copyOf(family.kept()),
        null,
        Map.of());
  }

  /** As the launcher was given it (a property that every JDK with a launcher sets). */
  public static String mainClass() {
    String command = System.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    return end < 0 ? command : command.substring(0, end);
  }

  /** The sentinel is not in the worker's cgroup, or it would die with it. */
  private String procsAbove() {
    return containment.cgroup() == null
        ? ""
        : new File(containment.cgroup().leaf().getParentFile(), "cgroup.procs").getPath();
  }

  /** In one stroke only where nobody may live on: neither a bystander nor one of those to keep. */
  private List<String> scriptArguments() {
    boolean atOnce = options.keep().isEmpty() && family.kept().isEmpty();
    // Whoever is in the group is in the cgroup, too.
    boolean groupAtOnce =
        atOnce && containment.bystanders().isEmpty() && containment.cgroup() == null;
    List<String> arguments = new ArrayList<>();
    arguments.add(groupAtOnce ? Integer.toString(containment.group()) : "0");
    arguments.add(strokeFor(containment).label());
    arguments.add(
        atOnce && containment.cgroup() != null ? containment.cgroup().leaf().getPath() : "");
    arguments.addAll(Programs.java("sweep-ledger", ledger.file().getPath()));
    return arguments;
  }

  /**
   * Killed at once, members of the group would take with them who their descendants elsewhere are:
   * a subreaper's are only stopped, so that the sweeper finds the tree as it was.
   */
  private Signal strokeFor(Containment containment) {
    if (containment.isSubreaper() && containment.cgroup() == null) {
      return Signal.STOP;
    }
    return options.graceMillis() == 0 ? Signal.KILL : options.signal();
  }

  private boolean startSentinel() {
    try {
      sentinel.start();
      if (options.needsNative()) {
        // The C library is there already, so that nobody can be forked meanwhile.
        worker.closeOnExec(sentinel.pipe());
        turnstile.open();
      }
      return true;
    } catch (IOException refused) {
      log.warn(
          "cannot start the sentinel ("
              + refused
              + "); if this worker is killed, the next worker of this user sweeps up after it");
      return false;
    }
  }

  /** Watches over the sentinel: one that dies is replaced. */
  @Override
  public void run() {
    try {
      if (!isShell && !startSentinel()) {
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
      if (changing) {
        changing = false;
      } else {
        quickDeaths = System.nanoTime() - started < QUICK_DEATH_NANOS ? quickDeaths + 1 : 0;
        replace(born);
      }
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
      boolean started = startSentinel();
      if (started) {
        worker.closeOnExec(sentinel.pipe());
      }
      return started;
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
          "the sentinel was killed; process "
              + killed.parent()
              + ", which adopted it, may have done that: the next one is a child of this worker");
    } else {
      log.info("the sentinel was killed; starting another");
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
    try {
      worker.sweep(directory);
    } catch (RuntimeException left) {
      log.info("could not sweep up after dead workers: " + left);
    }
  }

  /** Nobody is left: neither the sentinel nor the ledger is needed any more. */
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
