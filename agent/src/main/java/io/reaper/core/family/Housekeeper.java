package io.reaper.core.family;

import io.reaper.core.jvm.AgentThread;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.ProcFs;
import java.util.function.Supplier;

/**
 * Looks after the children on one daemon thread, and only while there are any: in a worker without
 * children it does not wake up.
 */
public final class Housekeeper implements Runnable {
  private static final long TICK_MILLIS = 200;

  /**
   * Limits the looks at thousands of children to a fiftieth of a core: that part for this look, as
   * much for that at what is below them, and the rest for what the garbage collector has from both.
   */
  private static final int SHARE = 125;

  /** With fewer children than that a look takes a millisecond. */
  private static final int MANY = 100;

  /** A look that was starved of CPU seems long; orphans must not wait for that. */
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final Family family;
  private final StartFlag flag;
  private final ProcFs proc;
  private final Observation observation;
  private final Log log;
  private Supplier<Orphans> adopted;
  private Orphans orphans;
  private Runnable first;
  private Thread thread;
  private volatile boolean resting = true;

  /** Creates the housekeeper; its thread does not start before the first {@link #wake}. */
  public Housekeeper(Family family, StartFlag flag, ProcFs proc, Observation observation, Log log) {
    this.family = family;
    this.flag = flag;
    this.proc = proc;
    this.observation = observation;
    this.log = log;
  }

  /** Looks after adopted orphans, too, as the worker is a subreaper. */
  public synchronized void lookAfter(Supplier<Orphans> adopted) {
    this.adopted = adopted;
    if (orphans != null) {
      orphans.end();
    }
    orphans = null;
  }

  /** Does that work before its next look, as there was no thread for it. */
  public synchronized void doFirst(Runnable work) {
    first = work;
  }

  private synchronized Runnable takeFirst() {
    Runnable work = first;
    first = null;
    return work;
  }

  /** Wakes the thread, as there is a process to look after. */
  public void wake() {
    if (resting) {
      synchronized (this) {
        // This comes first: where no thread is available, the next start tries again.
        if (thread == null) {
          thread = AgentThread.start("reaper-housekeeper", this, log);
        }
        resting = thread == null;
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
        Runnable work = takeFirst();
        if (work != null) {
          work.run();
        }
        long start = System.nanoTime();
        boolean nothingLeft = nothingLeft();
        pause = isHurried() ? TICK_MILLIS : pauseAfter(System.nanoTime() - start);
        if (nothingLeft) {
          rest();
        }
      }
    } catch (InterruptedException ended) {
      // Only a debugger interrupts this thread; then it ends.
    } finally {
      endThread();
    }
  }

  /** Lets the next start of a process start another thread. */
  private synchronized void endThread() {
    thread = null;
    resting = true;
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
    // A start after this line wakes the thread; a child from before it is seen by the look below.
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

  /** Tells of the end of a child that the JDK has collected. */
  public void tellOfTheEnd(Child child) {
    family.remember(child);
    int status = child.status();
    if (log.debugs()) {
      log.debug("ended " + child.id().pid() + " with status " + status);
    }
    observation.childExited(child.id().pid(), child.command(), child, status, child.ageMillis());
  }

  /** Looks once, whether it is time or not, so that what is told of a worker's end is complete. */
  public void look() {
    nothingLeft();
  }

  /** Removes the children that the JDK has collected from the family. */
  public synchronized void collect() {
    for (Child child : family.removeCollected()) {
      tellOfTheEnd(child);
    }
  }

  /** Names the children that could not be looked at when they were started. */
  private void nameUnseen() {
    for (Child child : family.all().values()) {
      Child named = child.named(proc);
      if (named != child) {
        if (family.kept().all().contains(child.id())) {
          family.kept().keepByMark(named.id());
        }
        family.rename(child, named);
      }
    }
  }

  private synchronized boolean nothingLeft() {
    try {
      collect();
      int failed = proc.failedLooks();
      if (!proc.canLook()) {
        // What cannot be seen now is not gone.
        return false;
      }
      if (orphans == null && adopted != null) {
        orphans = adopted.get();
      }
      nameUnseen();
      family.heedMarks(proc);
      boolean nothing = orphans == null ? family.isEmpty() : orphans.look();
      family.describe();
      flag.lowerIfNone();
      return nothing && proc.failedLooks() == failed;
    } catch (RuntimeException | Error unexpected) {
      // An OutOfMemoryError, too, may be another's, and over by the next look.
      log.error("could not look after the children this time: " + unexpected);
      return false;
    }
  }
}
