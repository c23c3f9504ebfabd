package io.reaper.core.family;

import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.ProcFs;
import java.util.function.Supplier;

/**
 * One daemon thread that looks after the children, and only while there are any: in a worker
 * without children it does not wake up.
 */
public final class Housekeeper implements Runnable {
  private static final long TICK_MILLIS = 200;

  /**
   * To look at thousands of children takes no more than a fiftieth of a core: this look and that at
   * what is below them.
   */
  private static final int SHARE = 100;

  /** With fewer children a look takes a millisecond. */
  private static final int MANY = 100;

  /** But where the CPU is short a look seems to take long: orphans wait no longer for the next. */
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final Family family;
  private final ProcFs proc;
  private final Observation observation;
  private final Log log;
  private Supplier<Orphans> adopted;
  private Orphans orphans;
  private Thread thread;
  private volatile boolean resting = true;

  /** Not started before the first {@link #wake}. */
  public Housekeeper(Family family, ProcFs proc, Observation observation, Log log) {
    this.family = family;
    this.proc = proc;
    this.observation = observation;
    this.log = log;
  }

  /** The worker is a subreaper: these are to be looked after, too. */
  public synchronized void lookAfter(Supplier<Orphans> adopted) {
    this.adopted = adopted;
    orphans = null;
  }

  /** There is somebody to look after. */
  public void wake() {
    if (resting) {
      synchronized (this) {
        // First: where no thread can be had, the next start tries again.
        if (thread == null) {
          thread = AgentThread.start("reaper-housekeeper", this, log);
        }
        resting = false;
        notifyAll();
      }
    }
  }

  @Override
  public void run() {
    try {
      long pause = TICK_MILLIS;
      while (true) {
        Thread.sleep(pause);
        long start = System.nanoTime();
        boolean nothingLeft = nothingLeft();
        pause = isHurried() ? TICK_MILLIS : pauseAfter(System.nanoTime() - start);
        if (nothingLeft) {
          rest();
        }
      }
    } catch (InterruptedException ended) {
      // Nobody but a debugger interrupts this thread; then it ends.
    }
  }

  private static long pauseAfter(long lookNanos) {
    long share = lookNanos / 1_000_000 * SHARE;
    return Math.min(Math.max(TICK_MILLIS, share), LONGEST_PAUSE_MILLIS);
  }

  /** Whether a look is cheap, or one of the next will reap a zombie. */
  private synchronized boolean isHurried() {
    return family.all().size() < MANY || orphans != null && orphans.areZombies();
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

  /** The JDK has collected that child. */
  public void tellOfTheEnd(Child child) {
    family.remember(child);
    int status = child.process().exitValue();
    if (log.debugs()) {
      log.debug("ended " + child.id().pid() + " with status " + status);
    }
    observation.childExited(child.id().pid(), child.command(), child, status, child.ageMillis());
  }

  /**
   * Looks once, whether it is time or not: nobody is left out of what is told of a worker's end.
   */
  public void look() {
    nothingLeft();
  }

  /** Those whom the JDK has collected are in the family no more. */
  public synchronized void collect() {
    for (Child child : family.removeCollected()) {
      tellOfTheEnd(child);
    }
  }

  private synchronized boolean nothingLeft() {
    try {
      collect();
      if (orphans == null && adopted != null) {
        orphans = adopted.get();
      }
      family.heedMarks(proc);
      boolean nothing = orphans == null ? family.isEmpty() : orphans.look();
      family.describe();
      return nothing;
    } catch (RuntimeException unexpected) {
      log.error("could not look after the children this time: " + unexpected);
      return false;
    }
  }
}
