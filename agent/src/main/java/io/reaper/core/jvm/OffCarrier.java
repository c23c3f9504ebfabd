package io.reaper.core.jvm;

import io.reaper.core.observe.Log;

/**
 * Does work for virtual threads on a thread of the agent's own, one at a time. A virtual thread
 * that held a lock of the agent's would be unmounted where it waits, and not be mounted again if
 * others that wait for that lock have every carrier pinned (JEP 444).
 */
public final class OffCarrier implements Runnable {
  private final String name;
  private final Runnable work;
  private final Log log;
  private Thread working;

  /** Creates it for that work; the thread has that name. */
  public OffCarrier(String name, Runnable work, Log log) {
    this.name = name;
    this.work = work;
    this.log = log;
  }

  /** Returns when the work is done, by whichever thread has asked first, or after that time. */
  public void await(long patienceNanos) {
    Thread there = working();
    if (there == null) {
      work.run();
    } else {
      AgentThread.await(there, patienceNanos / 1_000_000);
    }
  }

  private synchronized Thread working() {
    if (working == null) {
      working = AgentThread.start(name, this, log);
    }
    return working;
  }

  @Override
  public void run() {
    try {
      work.run();
    } finally {
      isDone();
    }
  }

  private synchronized void isDone() {
    working = null;
  }
}
