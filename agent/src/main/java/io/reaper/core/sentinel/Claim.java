package io.reaper.core.sentinel;

import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;

/** By what right a ledger is swept. */
enum Claim {
  /** It is swept for the sentinel that it belongs to. */
  SENTINELS_OWN,
  /** Its sentinel waits, and asks for the sweep. */
  IF_HANDED_OVER,
  /** Its sentinel is dead, too. */
  IF_ABANDONED;

  /** A sentinel enters itself milliseconds after it was forked. */
  private static final long LATE_SENTINEL_MILLIS = 1000;

  /** Whether the worker of that ledger is dead, and the ledger may be swept by this process. */
  boolean holds(
      RandomAccessFile access,
      File file,
      LedgerContents ledger,
      ProcFs proc,
      DeathCheck deaths,
      Log log)
      throws IOException {
    if (!ledger.numberSpace().equals(proc.numberSpace().name())) {
      log.info(
          "the ledger "
              + file
              + " is of another boot, or of another PID or time namespace, and is left alone");
      return false;
    }
    if (this != SENTINELS_OWN && !proc.numberSpace().tellsTheBoot()) {
      log.info(
          "the ledger "
              + file
              + " is left alone, as /proc does not tell this boot from another"
              + " (/proc/sys/kernel/random/boot_id)");
      return false;
    }
    // Its own sentinel has made sure, by the /proc/PID/stat that it holds open or by kill(2).
    boolean dead =
        this == SENTINELS_OWN ? deaths.isUnseen(ledger.worker()) : deaths.isDead(ledger.worker());
    if (!dead) {
      tellIfHidden(ledger.worker(), file, deaths, log);
      return false;
    }
    return this == SENTINELS_OWN
        || (this == IF_HANDED_OVER
            ? LedgerReader.isHandedOver(access)
            : isAbandoned(access, file, ledger, deaths, log));
  }

  private static boolean isAbandoned(
      RandomAccessFile access, File file, LedgerContents ledger, DeathCheck deaths, Log log)
      throws IOException {
    ProcessId sentinel = ledger.sentinel();
    if (sentinel == null) {
      // A sentinel that was forked in the worker's last moment enters itself first of all.
      try {
        Thread.sleep(LATE_SENTINEL_MILLIS);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return false;
      }
      sentinel = LedgerReader.read(access).sentinel();
    }
    if (sentinel == null || deaths.isDead(sentinel)) {
      return true;
    }
    tellIfHidden(sentinel, file, deaths, log);
    log.debug("the ledger " + file + " is left to its sentinel");
    return false;
  }

  private static void tellIfHidden(ProcessId id, File file, DeathCheck deaths, Log log) {
    if (deaths.mayBeHidden(id)) {
      log.info(
          "the ledger "
              + file
              + " is left alone: /proc does not show process "
              + id.pid()
              + ", which may live (hidepid, proc(5))");
    }
  }
}
