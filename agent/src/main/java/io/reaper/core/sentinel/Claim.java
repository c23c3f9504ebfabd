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
      RandomAccessFile access, File file, LedgerContents ledger, ProcFs proc, int self, Log log)
      throws IOException {
    if (!ledger.numberSpace().equals(proc.numberSpace().name())) {
      log.info(
          "the ledger "
              + file
              + " is of another boot, or of another PID or time namespace, and is left alone");
      return false;
    }
    // A worker never sweeps itself, whatever it is told of its own start time: qemu-user tells each
    // thread a different one.
    if (ledger.worker().pid() == self || !proc.isDead(ledger.worker())) {
      return false;
    }
    return this == SENTINELS_OWN
        || (this == IF_HANDED_OVER
            ? LedgerReader.isHandedOver(access)
            : isAbandoned(access, ledger, proc));
  }

  private static boolean isAbandoned(RandomAccessFile access, LedgerContents ledger, ProcFs proc)
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
    return sentinel == null || proc.isDead(sentinel);
  }
}
