package io.reaper.core.sentinel;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Has many ledgers swept: which of a directory, in which order, and how many at a time. */
public final class Sweeps {
  /** Each mostly waits for processes to end, and costs a thread. */
  private static final int MOST_AT_ONCE = 32;

  private final Sweeper sweeper;
  private final ProcFs proc;
  private final Log log;

  /** Creates the sweeps by that sweeper, which reads through the same reader. */
  public Sweeps(Sweeper sweeper, ProcFs proc, Log log) {
    this.sweeper = sweeper;
    this.proc = proc;
    this.log = log;
  }

  /** Sweeps each of these directories that there is; what goes wrong with one is logged. */
  void sweepAll(List<File> places) {
    for (File place : places) {
      try {
        if (place.exists()) {
          sweepAll(LedgerDirectory.open(place));
        }
      } catch (IOException | RuntimeException left) {
        log.info("could not sweep up after dead workers in " + place + ": " + left);
      }
    }
  }

  /**
   * Sweeps for every worker of that directory that is dead together with its sentinel; returns for
   * how many nothing is left. A ledger whose sentinel lives belongs to that sentinel.
   */
  public int sweepAll(LedgerDirectory directory) {
    int done = 0;
    for (File ledger : directory.ofTheDead(proc)) {
      done += isSwept(ledger, Claim.IF_ABANDONED) ? 1 : 0;
    }
    return done;
  }

  /** Sweeps what sentinels that wait for their turn have handed over, until there is no more. */
  public void sweepHandedOver(LedgerDirectory directory) {
    while (sweepHandedOver(directory.ofTheDead(proc))) {
      // Others may have been handed over meanwhile.
    }
  }

  /**
   * Sweeps many ledgers at a time, as each waits for its processes to end; returns whether any was
   * swept.
   */
  private boolean sweepHandedOver(List<File> ledgers) {
    AtomicInteger swept = new AtomicInteger();
    Queue<File> left = new ConcurrentLinkedQueue<>(ledgers);
    Runnable sweeping =
        () -> {
          for (File ledger = left.poll(); ledger != null; ledger = left.poll()) {
            if (isSwept(ledger, Claim.IF_HANDED_OVER)) {
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

  /** Sweeps one of many; what goes wrong with it is logged, and stops no other. */
  private boolean isSwept(File ledger, Claim claim) {
    try {
      return sweeper.sweep(ledger, ledger, claim) == Sweeper.Outcome.DONE;
    } catch (RuntimeException unexpected) {
      log.error("could not sweep for the ledger " + ledger + ": " + unexpected);
      return false;
    }
  }

  private static void join(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException later) {
        // Only a debugger interrupts this thread.
        Thread.yield();
      }
    }
  }
}
