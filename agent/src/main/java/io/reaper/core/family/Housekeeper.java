package io.reaper.core.family;

import io.reaper.core.observe.Log;

/**
 * One daemon thread that looks after the children, and only while there are any: in a worker
 * without children it does not wake up.
 */
public final class Housekeeper implements Runnable {
  private static final long TICK_MILLIS = 200;

  private final Family family;
  private final Log log;
  private volatile Orphans orphans;
  private Thread thread;
  private volatile boolean resting = true;

  /** Not started before the first {@link #wake}. */
  public Housekeeper(Family family, Log log) {
    this.family = family;
    this.log = log;
  }

  /** The worker is a subreaper: these are to be looked after, too. */
  public void lookAfter(Orphans orphans) {
    this.orphans = orphans;
  }

  /** There is somebody to look after. */
  public void wake() {
    if (resting) {
      synchronized (this) {
        resting = false;
        if (thread == null) {
          thread = AgentThread.start("reaper-housekeeper", this, log);
        }
        notifyAll();
      }
    }
  }

  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(TICK_MILLIS);
        if (nothingLeft()) {
          rest();
        }
      }
    } catch (InterruptedException ended) {
      // Nobody but a debugger interrupts this thread; then it ends.
    }
  }

  private void rest() throws InterruptedException {
    // Whoever comes after this line wakes us; whoever came before it is seen by the chores.
    resting = true;
    if (!nothingLeft()) {
      resting = false;
      return;
    }
    synchronized (this) {
      while (resting) {
        wait();
      }
    }
  }

  private boolean nothingLeft() {
    try {
      for (Child child : family.removeCollected()) {
        if (log.debugs()) {
          log.debug("ended " + child.id().pid() + " with status " + child.process().exitValue());
        }
      }
      family.describe();
      return orphans == null ? family.isEmpty() : orphans.look();
    } catch (RuntimeException unexpected) {
      log.error("could not look after the children this time: " + unexpected);
      return false;
    }
  }
}
