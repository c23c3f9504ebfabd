package io.reaper.core.family;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Enters in the worker's ledger, if it has one, what is known of its processes. What cannot be
 * entered costs a line of the log, and the worker goes on.
 */
final class FamilyLedger {
  private final Log log;
  private volatile Ledger ledger;

  /** What the ledger has refused, and may have room for later. */
  private final Map<ProcessId, LedgerEntry.Kind> refused = new ConcurrentHashMap<>();

  private boolean told;

  FamilyLedger(Log log) {
    this.log = log;
  }

  /** Writes to that ledger from now on; null for none. */
  synchronized void begin(Ledger other) {
    ledger = other;
    refused.clear();
    told = false;
  }

  /** Whether there is a ledger. */
  boolean isThere() {
    return ledger != null;
  }

  /** Whether there is a ledger, and all is in it that was to be entered. */
  synchronized boolean isWhole() {
    return ledger != null && !told;
  }

  /**
   * Clears the slots of processes that have ended, or are not the worker's any more.
   *
   * @param live whether they live: those that are kept stay so
   */
  void clear(Collection<ProcessId> others, boolean live) {
    try {
      refused.keySet().removeAll(others);
      if (ledger != null && live) {
        ledger.release(others);
      } else if (ledger != null) {
        // A slot that stays does no harm: no process will ever have its start time again.
        ledger.clear(others);
      }
    } catch (IOException unwritable) {
      log.debug("cannot clear a slot of the ledger: " + unwritable.getMessage());
    }
  }

  void enter(ProcessId id, LedgerEntry.Kind kind) {
    Ledger there = ledger;
    try {
      if (there != null && !there.enter(id, kind)) {
        refused.put(id, kind);
        tellOnce("the ledger is full");
      }
    } catch (IOException unwritable) {
      // At the worker's end the ledger is closed while another thread may be writing.
      if (there == ledger) {
        refused.put(id, kind);
        tellOnce("the ledger cannot grow: " + unwritable.getMessage());
      }
    }
  }

  /** Enters what was refused before, as the disk may have room by now. */
  void enterRefused() {
    Ledger there = ledger;
    if (there == null || refused.isEmpty()) {
      return;
    }
    try {
      for (Map.Entry<ProcessId, LedgerEntry.Kind> each : refused.entrySet()) {
        if (!there.enter(each.getKey(), each.getValue())) {
          return;
        }
        refused.remove(each.getKey());
      }
      isWholeAgain();
    } catch (IOException unwritable) {
      log.debug("the ledger still cannot grow: " + unwritable.getMessage());
    }
  }

  private synchronized void isWholeAgain() {
    if (told) {
      told = false;
      log.info("all of this worker's processes are in the ledger again");
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
