package io.reaper.core.sentinel;

import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerOfAnother;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.ledger.OtherVersionException;
import io.reaper.core.observe.Log;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends what one dead worker has left behind, from its ledger, with the same means as the exit hook.
 */
public final class Sweeper {
  /** Longer than another process holds the lock that only looks, and finds no sentinel at first. */
  private static final long LONGEST_LOCK_NANOS = 5_000_000_000L;

  private static final long LOCK_LOOK_NANOS = 10_000_000L;

  /** What has come of a sweep for one worker. */
  public enum Outcome {
    /** No process is left. */
    DONE,
    /** A process is left, or the ledger could not be removed. */
    NOT_DONE,
    /** Those that were found have ended, but not every process could be looked at. */
    NOT_SEEN,
    /** Nothing was swept, as another process has locked the ledger, or its worker may live. */
    NOT_SWEPT,
    /** The ledger is of another version of the agent, which alone can sweep it. */
    OF_ANOTHER_VERSION,
    /** The ledger is torn, or may be another user's, and was not swept. */
    NOT_TRUSTED;

    /** Whether another try may do what this one has not. */
    public boolean mayBeOtherwise() {
      return this == NOT_SWEPT || this == NOT_SEEN;
    }
  }

  private final ProcFs proc;
  private final Posix posix;
  private final int self;
  private final Log log;

  /** Creates the sweeper, which says what it does in that log. */
  public Sweeper(ProcFs proc, Posix posix, int self, Log log) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
    this.log = log;
  }

  /**
   * Sweeps for one worker that has just died, on behalf of its sentinel, and removes its ledger.
   *
   * @param opened where the ledger can be read, even if its directory has been removed
   * @param file the ledger's path
   */
  public Outcome sweep(File opened, File file) {
    return sweep(opened, file, Claim.SENTINELS_OWN);
  }

  /** Sweeps for a worker that has just died and has no ledger. */
  public Outcome sweep(byte[] header) {
    try {
      LedgerContents ledger = LedgerReader.parse(header);
      Options options = optionsOf(ledger);
      return worker(ledger, options, Claim.SENTINELS_OWN, open(options)).end(null, null);
    } catch (OtherVersionException other) {
      return Outcome.OF_ANOTHER_VERSION;
    } catch (IOException refused) {
      log.warn("what the sentinel was told is not to be trusted: " + refused.getMessage());
      return Outcome.NOT_TRUSTED;
    }
  }

  private DeadWorker worker(LedgerContents ledger, Options options, Claim claim, Log told) {
    return new DeadWorker(proc, posix, self, ledger, options, claim, told);
  }

  /** Sweeps for the worker of a ledger, if that claim to it holds, and removes the ledger. */
  Outcome sweep(File opened, File file, Claim claim) {
    try {
      if (file.exists()) {
        PrivateDirectory.checkFile(file);
      } else {
        PrivateDirectory.checkOpened(opened);
      }
      // Opened once and read through that: to close it a second time would drop the lock
      // (fcntl(2)).
      try (RandomAccessFile access = new RandomAccessFile(opened, "rw");
          FileLock lock = lock(access.getChannel(), claim)) {
        if (lock == null) {
          log.debug("the ledger " + file + " is locked by another process");
          return Outcome.NOT_SWEPT;
        }
        if (access.length() == 0 && opened.equals(file)) {
          // Another sweeper has removed it a moment ago, and to open it has made it anew.
          file.delete();
          return Outcome.NOT_SWEPT;
        }
        LedgerContents ledger = LedgerReader.read(access);
        if (!claim.holds(access, file, ledger, proc, new DeathCheck(proc, posix, self), log)) {
          return Outcome.NOT_SWEPT;
        }
        Options options = optionsOf(ledger);
        Log told = open(options);
        if (claim == Claim.IF_HANDED_OVER && options.logDestination().isStderr()) {
          // This process's stderr is another worker's: the ledger's own sentinel reads it there.
          access.seek(access.length());
          told = Log.to(new FileOutputStream(access.getFD()), options.log());
        }
        DeadWorker worker = worker(ledger, options, claim, told);
        if (claim != Claim.SENTINELS_OWN && worker.isAboveTheCaller()) {
          log.info(
              "the ledger "
                  + file
                  + " is left to another sweep: this process was started below its worker");
          return Outcome.NOT_SWEPT;
        }
        Asking asking = new Asking(access, file, ledger.orders());
        Outcome outcome = worker.end(file, asking);
        asking.isOver();
        boolean isLeft = outcome == Outcome.DONE && !file.delete() && file.exists();
        return isLeft ? Outcome.NOT_DONE : outcome;
      }
    } catch (OtherVersionException other) {
      log.info(
          "the ledger "
              + file
              + " is of another version of the agent, and is left alone: "
              + other.getMessage());
      return Outcome.OF_ANOTHER_VERSION;
    } catch (NoSuchFileException gone) {
      log.debug("the ledger " + file + " has been swept by another");
      return Outcome.NOT_SWEPT;
    } catch (IOException refused) {
      log.warn(
          "the ledger "
              + file
              + " is not to be trusted, and no process is killed: "
              + refused.getMessage());
      return Outcome.NOT_TRUSTED;
    }
  }

  /**
   * Locks a ledger; returns null if another process has locked it. For its own sentinel no other
   * sweeps it later, and each that sweeps a directory locks it for a moment, to see whose it is.
   */
  private static FileLock lock(FileChannel ledger, Claim claim) throws IOException {
    FileLock lock = ledger.tryLock();
    long deadline = System.nanoTime() + LONGEST_LOCK_NANOS;
    while (lock == null
        && claim == Claim.SENTINELS_OWN
        && System.nanoTime() < deadline
        && !Thread.interrupted()) {
      LockSupport.parkNanos(LOCK_LOOK_NANOS);
      lock = ledger.tryLock();
    }
    return lock;
  }

  /** Returns the options that a ledger names; one that is not known is a later version's. */
  private static Options optionsOf(LedgerContents ledger) throws OtherVersionException {
    try {
      return Options.parse(ledger.options(), new Properties(), Map.of());
    } catch (OptionException later) {
      throw new OtherVersionException(later.getMessage());
    }
  }

  /** Opens the worker's log, or returns the sweeper's: what cannot be said is done all the same. */
  private Log open(Options options) {
    try {
      return options.logDestination().open("the options");
    } catch (OptionException refused) {
      log.warn(refused.getMessage());
      return log;
    }
  }

  /** Enters in a ledger that processes may be alive that have been asked to end. */
  private final class Asking implements Runnable {
    private final RandomAccessFile access;
    private final File file;
    private final String orders;
    private boolean asked;

    Asking(RandomAccessFile access, File file, String orders) {
      this.access = access;
      this.file = file;
      this.orders = orders;
    }

    @Override
    public void run() {
      asked = true;
      enter(SentinelCommand.asked(orders));
    }

    /** Says that they are dead: what another look finds has not been asked. */
    void isOver() {
      if (asked) {
        enter(orders);
      }
    }

    private void enter(String now) {
      try {
        LedgerOfAnother.order(access, now);
      } catch (IOException refused) {
        log.debug("whoever sweeps " + file + " next may ask again: " + refused.getMessage());
      }
    }
  }
}
