package io.reaper.core.sentinel;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.ProcessGroup;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.Report;
import io.reaper.core.end.Termination;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Reason;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends what a dead worker has left behind, from its ledger, with the same means as the exit hook.
 */
public final class Sweeper {
  private static final long LATE_SENTINEL_MILLIS = 1000;
  private static final int MOST_AT_ONCE = 32;

  private final ProcFs proc;
  private final Posix posix;
  private final int self;
  private final Log log;

  /** Says what it does in that log. */
  public Sweeper(ProcFs proc, Posix posix, int self, Log log) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
    this.log = log;
  }

  /**
   * Sweeps for every worker of that directory that is dead together with its sentinel; returns how
   * many there were. A ledger whose sentinel lives belongs to that.
   */
  public int sweepAll(LedgerDirectory directory) {
    int dead = 0;
    for (File ledger : directory.ofTheDead(proc)) {
      dead += sweep(ledger, ledger, Claim.IF_ABANDONED) ? 1 : 0;
    }
    return dead;
  }

  /** Sweeps what sentinels that wait for their turn have handed over, until there is no more. */
  public void sweepHandedOver(LedgerDirectory directory) {
    while (sweepHandedOver(directory.ofTheDead(proc))) {
      // Others may have been handed over meanwhile.
    }
  }

  /** Many at a time, as each waits for its processes to end; returns whether any was swept. */
  private boolean sweepHandedOver(List<File> ledgers) {
    AtomicInteger swept = new AtomicInteger();
    Queue<File> left = new ConcurrentLinkedQueue<>(ledgers);
    Runnable sweeping =
        () -> {
          for (File ledger = left.poll(); ledger != null; ledger = left.poll()) {
            if (sweep(ledger, ledger, Claim.IF_HANDED_OVER)) {
              swept.incrementAndGet();
            }
          }
        };
    List<Thread> helping = new ArrayList<>();
    try {
      for (int i = 1; i < Math.min(ledgers.size(), MOST_AT_ONCE); i++) {
        Thread thread = new Thread(sweeping, "reaper-sweeper");
        thread.start();
        helping.add(thread);
      }
    } catch (OutOfMemoryError noThread) {
      log.debug("fewer threads than ledgers: " + noThread.getMessage());
    }
    sweeping.run();
    for (Thread thread : helping) {
      join(thread);
    }
    return swept.get() > 0;
  }

  private static void join(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException later) {
        // Nobody but a debugger interrupts this thread.
        Thread.yield();
      }
    }
  }

  /**
   * Sweeps for one worker that has just died, on behalf of its sentinel, and removes its ledger.
   * Returns whether nobody is left.
   *
   * @param opened where the ledger can be read, even if its directory has been removed
   * @param file the ledger's path
   */
  public boolean sweep(File opened, File file) {
    return sweep(opened, file, Claim.SENTINELS_OWN);
  }

  /** Sweeps for a worker that has just died and has no ledger; returns whether nobody is left. */
  public boolean sweep(byte[] header) {
    try {
      LedgerContents ledger = LedgerReader.parse(header);
      Options options = Options.parse(ledger.options(), new Properties(), Map.of());
      return end(null, ledger, options, open(options), true);
    } catch (IOException | OptionException refused) {
      log.warn("what the sentinel was told is not to be trusted: " + refused.getMessage());
      return false;
    }
  }

  private boolean sweep(File opened, File file, Claim claim) {
    try {
      PrivateDirectory.checkFile(file.exists() ? file : opened);
      // Opened once and read through that: to close it a second time would drop the lock
      // (fcntl(2)).
      try (RandomAccessFile access = new RandomAccessFile(opened, "rw");
          FileLock lock = access.getChannel().tryLock()) {
        if (lock == null || isOfAnotherVersion(access, file, claim)) {
          return false;
        }
        LedgerContents ledger = LedgerReader.read(access);
        if (!isClaimed(access, file, ledger, claim)) {
          return false;
        }
        Options options = Options.parse(ledger.options(), new Properties(), Map.of());
        Log told = open(options);
        if (claim == Claim.IF_HANDED_OVER && options.logDestination().isStderr()) {
          // This process's stderr is another worker's: the ledger's own sentinel reads it there.
          access.seek(access.length());
          told = Log.to(new FileOutputStream(access.getFD()), options.log());
        }
        return end(file, ledger, options, told, claim != Claim.IF_ABANDONED)
            && (file.delete() || !file.exists());
      }
    } catch (IOException | OptionException refused) {
      log.warn(
          "the ledger "
              + file
              + " is not to be trusted, and nobody is killed: "
              + refused.getMessage());
      return false;
    }
  }

  /** Two versions of the agent may share a directory: each leaves the other's ledgers alone. */
  private boolean isOfAnotherVersion(RandomAccessFile access, File file, Claim claim)
      throws IOException {
    boolean other = claim == Claim.IF_ABANDONED && !LedgerReader.isOfThisVersion(access);
    if (other) {
      log.info("the ledger " + file + " is of another version of the agent, and is left alone");
    }
    return other;
  }

  /** By what right a ledger is swept. */
  private enum Claim {
    /** For the sentinel that it belongs to. */
    SENTINELS_OWN,
    /** Its sentinel waits, and asks for it. */
    IF_HANDED_OVER,
    /** Its sentinel is dead, too. */
    IF_ABANDONED
  }

  private boolean isClaimed(RandomAccessFile access, File file, LedgerContents ledger, Claim claim)
      throws IOException {
    if (!ledger.numberSpace().equals(proc.numberSpace().name())) {
      log.info(
          "the ledger "
              + file
              + " is of another boot, or of another PID or time namespace, and is left alone");
      return false;
    }
    // A worker never sweeps itself, whatever it is told of its own start time: qemu-user tells each
    // thread another one.
    if (ledger.worker().pid() == self || proc.isAlive(ledger.worker())) {
      return false;
    }
    return claim == Claim.SENTINELS_OWN
        || (claim == Claim.IF_HANDED_OVER
            ? LedgerReader.isHandedOver(access)
            : isAbandoned(access, ledger));
  }

  private boolean isAbandoned(RandomAccessFile access, LedgerContents ledger) throws IOException {
    ProcessId sentinel = ledger.sentinel();
    if (sentinel == null) {
      // One that was forked in the worker's last moment enters itself first of all.
      try {
        Thread.sleep(LATE_SENTINEL_MILLIS);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return false;
      }
      sentinel = LedgerReader.read(access).sentinel();
    }
    return sentinel == null || !proc.isAlive(sentinel);
  }

  /**
   * Whether the number of the worker's group is still its own: it stays taken while a member lives
   * (setpgid(2)), but later it may lead another's. One member that is known, or carries the mark of
   * this worker's descendants, says that it was never free.
   */
  private boolean isGroupStillOurs(LedgerContents ledger) {
    ProcessInfo leader = proc.read(ledger.group());
    if (leader != null) {
      return leader.id().equals(ledger.worker());
    }
    for (ProcessInfo process : proc.read(ledger.processes().keySet())) {
      if (process.group() == ledger.group()) {
        return true;
      }
    }
    for (ProcessInfo process : proc.snapshot().processes()) {
      if (process.group() == ledger.group()
          && process.session() == ledger.session()
          && ledger.mark() != 0
          && Long.valueOf(ledger.mark()).equals(proc.details(process.pid()).softLimitOnLocks())) {
        return true;
      }
    }
    return false;
  }

  /** What cannot be said is done all the same. */
  private Log open(Options options) {
    try {
      return options.logDestination().open("the options");
    } catch (OptionException refused) {
      log.warn(refused.getMessage());
      return log;
    }
  }

  /** Returns whether nobody is left. */
  private boolean end(
      File file, LedgerContents ledger, Options options, Log told, boolean hasJustDied)
      throws IOException {
    // Of a job's members none is taken for the worker's by its number.
    boolean group = ledger.group() != 0 && (ledger.job() || isGroupStillOurs(ledger));
    Cgroup cgroup = ledger.cgroup().isEmpty() ? null : Cgroup.of(ledger.cgroup(), ledger.worker());
    Subreaper subreaper = Subreaper.of(ledger, options, hasJustDied, proc);
    ProcessGroup members = group ? ProcessGroup.of(ledger.group(), ledger.job()) : null;
    List<Mode> modes = Mode.of(options, members, subreaper, cgroup);
    Map<ProcessId, Reason> recorded = new HashMap<>(ledger.processes());
    boolean all = end(ledger, recorded, modes, options, told);
    if (file != null && (options.children() || options.subreaper())) {
      for (ProcessInfo caught : proc.interruptedStarts(file, ledger.worker())) {
        recorded.putIfAbsent(caught.id(), Reason.of("caught in the middle of its start"));
      }
      if (recorded.size() > ledger.processes().size()) {
        all &= end(ledger, recorded, modes, options, told);
      }
    }
    if (cgroup != null) {
      try {
        cgroup.close(self);
      } catch (IOException | InterruptedException refused) {
        told.warn("cannot remove the worker's cgroup: " + refused.getMessage());
      }
    }
    return all;
  }

  private boolean end(
      LedgerContents ledger,
      Map<ProcessId, Reason> recorded,
      List<Mode> modes,
      Options options,
      Log told) {
    WorkerFacts facts = WorkerFacts.of(ledger, WorkerFacts.GONE, recorded);
    Cleanup cleanup = new Cleanup(proc, self, told);
    Coverage coverage = cleanup.targets(options, modes, ledger.kept(), facts);
    Termination termination =
        cleanup.termination(options, posix, Map.of(), Observation.ofNobody(told));
    Termination.Outcome outcome = termination.end(coverage);
    Report report = new Report(told, "worker " + ledger.worker().pid() + " is dead: ");
    report.tell(outcome);
    report.tellOfThoseKept(coverage.spared());
    return outcome.left().isEmpty();
  }
}
