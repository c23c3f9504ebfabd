package io.reaper.core.proc;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks at every process once for all threads that ask meanwhile. Where a whole node's workers have
 * crashed, hundreds of ledgers are swept, and each look of each of them would read thousands of
 * processes.
 */
public final class SharedProcFs extends ProcFs {
  private final Map<ProcessId, Long> limits = new ConcurrentHashMap<>();
  private long begun;
  private long finished;
  private Snapshot latest;

  /** Creates a reader of the kernel's own /proc. */
  public SharedProcFs() {
    super();
  }

  /** Returns a snapshot that was begun after this call, whichever thread has taken it. */
  @Override
  public Snapshot snapshot() {
    boolean interrupted = false;
    try {
      long mine;
      synchronized (this) {
        long next = begun + 1;
        while (begun > finished && finished < next) {
          try {
            wait();
          } catch (InterruptedException later) {
            interrupted = true;
          }
        }
        if (finished >= next && latest != null) {
          return latest;
        }
        mine = ++begun;
      }
      return take(mine);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Snapshot take(long mine) {
    Snapshot taken = null;
    try {
      taken = super.snapshot();
      return taken;
    } finally {
      synchronized (this) {
        finished = mine;
        latest = taken;
        notifyAll();
      }
    }
  }

  /** Returns one memory for all callers. */
  @Override
  public Map<ProcessId, Long> limitsOnLocks() {
    return limits;
  }
}
