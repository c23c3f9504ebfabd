package io.reaper.core.family;

import io.reaper.core.ledger.Ledger;
import java.io.IOException;

/**
 * Says in the ledger whether a start of a process may be under way: only then could the worker's
 * death have caught one in its middle, and the sentinel looks at every process for that. It is
 * raised before a start forks, and lowered at a later look, so that starts in a row write it once.
 */
public final class StartFlag {
  private final Starts starts;
  private Ledger ledger;
  private boolean raised;

  StartFlag(Starts starts) {
    this.starts = starts;
  }

  /** Raises and lowers it in that ledger, which begins with it raised; null for none. */
  public synchronized void keepIn(Ledger other) {
    ledger = other;
    raised = true;
  }

  /** Raises it for a start that has been registered. */
  synchronized void raise() {
    if (ledger != null && !raised) {
      raised = isWritten(true);
    }
  }

  /** Lowers it if no start is registered; one that is registered meanwhile raises it again. */
  synchronized void lowerIfNone() {
    if (ledger != null && raised && starts.areNone()) {
      // Whatever has become of the write, the next start raises it.
      raised = false;
      isWritten(false);
    }
  }

  private boolean isWritten(boolean starting) {
    try {
      ledger.setStarting(starting);
      return true;
    } catch (IOException unwritable) {
      // A child that cannot be entered tells the operator.
      return false;
    }
  }
}
