package io.reaper.core.sentinel;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.family.StartFlag;
import io.reaper.core.jvm.MainClass;
import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.ledger.LedgerOfAnother;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.ledger.OtherVersionException;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Keeps this worker's ledger, if there can be one, and says what the sentinel is told of the
 * worker.
 */
final class WorkerLedger {
  private final AtomicReference<Options> options;
  private final ProcFs proc;
  private final Family family;
  private final StartFlag starts;
  private final Containment containment;
  private final Log log;
  private volatile Ledger ledger;
  private volatile Set<ProcessId> told = Set.of();
  private volatile boolean removed;
  private volatile String reached = SentinelCommand.CRASHED;
  private volatile boolean shellLogsKills;
  private volatile ProcessInfo self;

  /** Creates the keeper; there is no ledger before {@link #begin}. */
  WorkerLedger(
      AtomicReference<Options> options,
      ProcFs proc,
      Family family,
      StartFlag starts,
      Containment containment,
      Log log) {
    this.options = options;
    this.proc = proc;
    this.family = family;
    this.starts = starts;
    this.containment = containment;
    this.log = log;
  }

  /**
   * Begins the ledger; where that cannot be, says what follows. Returns what the sentinel is to
   * know, or null if there is nothing that it could do without a ledger.
   */
  LedgerContents begin() {
    LedgerContents contents = null;
    try {
      contents = contents();
      told = contents.kept();
      return begin(contents);
    } catch (IOException | RuntimeException refused) {
      log.warn(LedgerDirectory.whyNone(place(), refused));
      boolean isOfNoUse =
          containment.group() == 0 && containment.cgroup() == null && containment.mark() == 0;
      return isOfNoUse ? null : contents;
    }
  }

  /**
   * Lets go of what this process has started before execve(2) restarted it. The sentinel of then
   * cannot be dismissed, as its pipe is closed; it does what its ledger says when this process is
   * dead.
   */
  void disarmEarlier() {
    ProcessInfo now = proc.me();
    File before = now == null ? null : LedgerDirectory.fileIn(place(), now.id());
    try {
      if (before != null && before.exists()) {
        PrivateDirectory.checkFile(before);
        if (isOf(now.id(), LedgerReader.read(before))) {
          try (RandomAccessFile access = new RandomAccessFile(before, "rw")) {
            disarm(access);
          }
        }
      }
    } catch (IOException refused) {
      tellOfEarlierOrders(refused);
    }
  }

  private void disarm(RandomAccessFile before) {
    try {
      LedgerOfAnother.disarm(before);
    } catch (IOException refused) {
      tellOfEarlierOrders(refused);
    }
  }

  private void tellOfEarlierOrders(IOException refused) {
    log.warn(
        "the sentinel of before this process was restarted keeps its orders: "
            + refused.getMessage());
  }

  private boolean isOf(ProcessId worker, LedgerContents known) {
    return known.worker().equals(worker) && known.numberSpace().equals(proc.numberSpace().name());
  }

  private LedgerContents begin(LedgerContents contents) throws IOException {
    LedgerDirectory directory = LedgerDirectory.open(place());
    File file = directory.fileOf(contents.worker());
    if (!takeOver(file, contents)) {
      return begin(file, contents);
    }
    // The sentinel of then has it open, and may look only after the death for another's name in it.
    try (RandomAccessFile before = new RandomAccessFile(file, "rw")) {
      LedgerContents latest = begin(file, contents());
      disarm(before);
      return latest;
    }
  }

  private LedgerContents begin(File file, LedgerContents contents) throws IOException {
    ledger = Ledger.create(file, contents);
    starts.keepIn(ledger);
    family.keepIn(ledger);
    return contents;
  }

  private File place() {
    return options.get().place(new OwnProc().environment(PrivateDirectory.RUNTIME));
  }

  /**
   * Takes over what this process knew before execve(2) restarted it: it has kept its pid, its start
   * time and its children, and finds the ledger that it has begun before. Returns whether there is
   * one.
   */
  private boolean takeOver(File before, LedgerContents now) throws IOException {
    if (!before.exists()) {
      return false;
    }
    try {
      LedgerContents known = LedgerReader.read(before);
      boolean taken = isOf(now.worker(), known) && !SentinelCommand.isDisarmed(known.orders());
      if (taken) {
        family.takeOver(known, proc);
      }
      return taken;
    } catch (OtherVersionException other) {
      log.warn(
          "another version of the agent has begun the ledger "
              + before
              + " before this process was restarted; in a crash, what it has started until then"
              + " outlives it");
      return false;
    }
  }

  /** Returns what is known of the worker now, or was, where no descriptor is free to look. */
  LedgerContents contents() throws IOException {
    Options now = options.get();
    ProcessInfo seen = proc.me();
    if (seen != null) {
      self = seen;
    } else if (self == null) {
      throw new IOException("this process cannot be looked at");
    }
    return new LedgerContents(
        self.id(),
        containment.group(),
        containment.isJob(),
        self.session(),
        containment.mark(),
        proc.numberSpace().name(),
        SentinelCommand.orders(containment.modes(), now, reached),
        now.logFile() == null ? "" : now.logFile().toAbsolutePath().toString(),
        now.toString(),
        containment.cgroup() == null ? "" : containment.cgroup().leaf().getPath(),
        MainClass.name(),
        Set.copyOf(family.bystanders()),
        Set.copyOf(family.kept().all()),
        null,
        Map.of());
  }

  /** Returns the command of a sentinel that is a shell, or null where there can be none. */
  ProcessBuilder shell(LedgerContents told) {
    try {
      String header = isThere() ? told.header() : told.headerAndSpared();
      shellLogsKills = SentinelCommand.logsKills(header);
      return SentinelCommand.shell(path(), header, procsAbove());
    } catch (IOException unprintable) {
      // A ledger could not hold it either.
      log.debug("the sentinel cannot be told what to do: " + unprintable.getMessage());
      return null;
    }
  }

  /** Whether the last shell was given what writes a kill log. */
  boolean isShellLoggingKills() {
    return shellLogsKills;
  }

  /**
   * Makes sure that one more sentinel can open the ledger: begins another if the file has been
   * removed, as by a cleaner of temporary files, or its file system has become read-only.
   */
  void renewIfGone() {
    if (!removed && ledger != null && isGone(ledger.file())) {
      log.info("the ledger " + path() + " is gone, or cannot be written to; beginning another");
      close();
      ledger = null;
      begin();
      if (removed) {
        // Meanwhile, by another thread, which may hold the family and so cannot be waited for.
        close();
      }
    }
  }

  /** Whether it is: a worker that has changed its user cannot tell (access(2), EACCES). */
  private static boolean isGone(File file) {
    return Files.notExists(file.toPath()) || file.exists() && !file.canWrite();
  }

  /** Whether a sentinel that has no ledger was told at its start to spare these processes. */
  boolean hasToldOf(Set<ProcessId> kept) {
    return told.containsAll(kept);
  }

  /** Whether there is a ledger. */
  boolean isThere() {
    return ledger != null;
  }

  /** Returns the ledger's path, or what stands for none. */
  String path() {
    return ledger == null ? SentinelCommand.NONE : ledger.file().getPath();
  }

  /** Returns the file by which the sentinel leaves the cgroup that dies with the worker. */
  String procsAbove() {
    return containment.cgroup() == null
        ? SentinelCommand.NONE
        : new File(containment.cgroup().leaf().getParentFile(), "cgroup.procs").getPath();
  }

  /**
   * Enters other options, which the sentinel reads when it must act. Returns false where it would
   * keep to those of before.
   */
  boolean change() {
    try {
      if (ledger != null) {
        ledger.change(contents());
        return true;
      }
    } catch (IOException | RuntimeException refused) {
      log.debug("other options are not in the ledger: " + refused.getMessage());
    }
    return false;
  }

  /** Enters how far the worker's orderly end has come, from where the sentinel goes on. */
  void reach(String stage) {
    reached = stage;
    change();
  }

  /** Removes the ledger. */
  void remove() {
    removed = true;
    close();
  }

  private void close() {
    family.keepIn(null);
    starts.keepIn(null);
    try {
      if (ledger != null) {
        ledger.close();
      }
    } catch (IOException gone) {
      log.debug("the ledger was gone already: " + gone.getMessage());
    }
  }
}
