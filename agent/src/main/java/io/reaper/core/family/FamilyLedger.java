package io.reaper.core.family;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.util.Collection;

/**
 * Enters in the worker's ledger, if it has one, what is known of its processes. What cannot be
 * entered costs a line of the log, and the worker goes on.
 */
final class FamilyLedger {
  private final Log log;
  private volatile Ledger ledger;
  private boolean told;

  FamilyLedger(Log log) {
    this.log = log;
  }

  /** Writes to that ledger from now on; null for none. */
  void begin(Ledger other) {
    ledger = other;
  }

  /** Whether there is a ledger. */
  boolean isThere() {
    return ledger != null;
  }

  /** Whether there is a ledger, and it has refused nothing. */
  synchronized boolean isWhole() {
    return ledger != null && !told;
  }

  void clear(Collection<ProcessId> gone) {
    try {
      if (ledger != null) {
        ledger.clear(gone);
      }
    } catch (IOException refused) {
      // A slot that stays does no harm: no process will ever have its start time again.
      log.debug("cannot clear a slot of the ledger: " + refused.getMessage());
    }
  }

  void enter(ProcessId id, LedgerEntry.Kind kind) {
    Ledger there = ledger;
    try {
      if (there != null && !there.enter(id, kind)) {
        tellOnce("the ledger is full");
      }
    } catch (IOException refused) {
      // At the worker's end the ledger is closed while another thread may be writing.
      if (there == ledger) {
        tellOnce("the ledger cannot grow: " + refused.getMessage());
      }
    }
  }

  synchronized void tellOnce(String why) {
    if (!told) {
      told = true;
      log.warn(why + "; if this worker is killed, some of its processes may outlive it");
    }
  }

  /** Enters where a process was started, once it has lived long enough for that to be asked. */
  void describe(ProcessId process, Child recorded) {
    Ledger there = ledger;
    try {
      if (there != null && there.isToBeDescribed(process)) {
        there.describe(process, recorded.startedBy(Ledger.LONGEST_TEXT));
      }
    } catch (IOException refused) {
      log.debug("cannot say in the ledger what started a process: " + refused.getMessage());
    }
  }

  /** Enters that a process may outlive the worker; returns false if it cannot. */
  boolean keep(ProcessId id) {
    Ledger there = ledger;
    try {
      return there == null || there.keep(id);
    } catch (IOException refused) {
      log.debug("cannot enter in the ledger that a process is kept: " + refused.getMessage());
      return false;
    }
  }
}
