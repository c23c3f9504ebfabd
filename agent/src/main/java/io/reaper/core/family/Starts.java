package io.reaper.core.family;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The application's starts of processes that are under way: the one register for all that must know
 * of them. Each is known by its thread, and numbered in the order in which they begin.
 *
 * <p>Starts fork one at a time for as long as a process that is being started holds the sentinel's
 * lifeline open. When the worker dies in the middle of a start, the JDK's helper reads the end of
 * its pipe and ends; of two whose pipes are inherited by each other (the JDK's are not
 * close-on-exec, ProcessImpl.forkAndExec) each waits for ever, and with them every process whose
 * pipe they have inherited too: if they have the lifeline, so does the sentinel.
 */
public final class Starts {
  private static final long NAP_NANOS = 200_000;

  /**
   * A start takes a millisecond. One that is not over by then will not be, and must not stop all
   * others.
   */
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  /** Only a start that hangs in the kernel keeps others from theirs for so long. */
  private static final long LONGEST_WAIT_NANOS = 10_000_000_000L;

  private static final long LONGEST_HOLD_NANOS = 5_000_000_000L;

  private static final long HELD_NAP_NANOS = 1_000_000;

  private final long longestWaitNanos;
  private final long longestHoldNanos;
  private final Map<Thread, Long> underWay = new IdentityHashMap<>();
  private final Turns turns = new Turns();
  private final StartFlag flag = new StartFlag(this);
  private long next;
  private boolean lost;

  /** Until when each thread that looks holds starts back: one that hangs, no longer than that. */
  private final Map<Thread, Long> heldUntil = new IdentityHashMap<>();

  private int heldBack;
  private volatile Thread ending;

  /** Creates the register without any starts. */
  public Starts() {
    this(LONGEST_WAIT_NANOS, LONGEST_HOLD_NANOS);
  }

  Starts(long longestWaitNanos, long longestHoldNanos) {
    this.longestWaitNanos = longestWaitNanos;
    this.longestHoldNanos = longestHoldNanos;
  }

  /**
   * Registers a start on this thread. While starts are held back, waits for that first. Once the
   * worker's end has begun, hooks and main are over, so that this thread has milliseconds left, and
   * starts nothing in them. Goes on if it takes longer, as the JVM's end may be waiting for this
   * thread.
   */
  public void begin() {
    if (!registerUnlessHeldBack()) {
      standBack();
    }
    flag.raise();
  }

  /** Returns what says in the ledger whether a start may be under way. */
  public StartFlag flag() {
    return flag;
  }

  private void standBack() {
    countHeldBack(1);
    try {
      waitUntilRegistered();
    } finally {
      countHeldBack(-1);
    }
  }

  private synchronized int countHeldBack(int change) {
    heldBack += change;
    return heldBack;
  }

  private void waitUntilRegistered() {
    boolean interrupted = false;
    boolean registered = false;
    long begun = System.nanoTime();
    while (!registered && System.nanoTime() - begun < longestHoldNanos) {
      // A thread that is interrupted does not park.
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(HELD_NAP_NANOS);
      registered = registerUnlessHeldBack();
    }
    if (!registered) {
      register();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Registers a start of the agent's own on this thread, be it in the middle of a start of the
   * application's: the worker's end waits for it, too, or would take the process for one that is
   * left. Returns whether {@link #end} is to be called for it; throws once the worker's end has
   * begun.
   */
  public boolean beginOwn() throws IOException {
    if (isUnderWay()) {
      return false;
    }
    if (ending == null) {
      begin();
    }
    if (ending != null) {
      end();
      throw new IOException("the worker's end has begun");
    }
    return true;
  }

  private synchronized boolean isUnderWay() {
    return underWay.containsKey(Thread.currentThread());
  }

  /** Registers in one step, or a start could slip in between two that see none under way. */
  private synchronized boolean registerUnlessHeldBack() {
    boolean held = ending != null || !heldUntil.isEmpty() && isAnyLookInTime();
    if (!held) {
      register();
    }
    return !held;
  }

  private boolean isAnyLookInTime() {
    long now = System.nanoTime();
    for (long until : heldUntil.values()) {
      if (until - now > 0) {
        return true;
      }
    }
    return false;
  }

  private synchronized void register() {
    lost |= underWay.putIfAbsent(Thread.currentThread(), next++) != null;
  }

  /**
   * Waits until this thread's start may fork: until its turn has come, but no longer than a while,
   * as the JVM's own end may wait for a start. A start that has waited here, or for the modes, when
   * the worker's end begins would fork after the end has taken its last look: it waits for that
   * end, too.
   */
  public void awaitTurn() {
    boolean interrupted = false;
    long begun = System.nanoTime();
    while (!turns.isMine() && ending == null && System.nanoTime() - begun < longestWaitNanos) {
      interrupted |= turns.isInterruptedInAWait();
    }
    if (ending != null && !isEnding()) {
      end();
      standBack();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends this thread's start: it has failed, or its child is recorded. */
  public void end() {
    turns.leave();
    unregister();
  }

  private synchronized void unregister() {
    underWay.remove(Thread.currentThread());
  }

  /** Lets starts fork one at a time from now on; returns when no more than one is forking. */
  public void forkOneAtATime() {
    turns.oneAtATime();
    long begun = System.nanoTime();
    while (turns.isCrowded() && System.nanoTime() - begun < PATIENCE_NANOS) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  /**
   * Lets all starts fork again, waiting ones included. First waits for the one that is forking, as
   * it inherits what those after it do not.
   */
  public void forkFreely() {
    long begun = System.nanoTime();
    while (!turns.isFreed(System.nanoTime() - begun >= PATIENCE_NANOS)) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  /** Returns the number of the next start. */
  public synchronized long next() {
    return next;
  }

  /** Whether every start before that number is over, so that its child, if any, is recorded. */
  public synchronized boolean areOverBefore(long number) {
    for (long each : underWay.values()) {
      if (each < number) {
        return false;
      }
    }
    return true;
  }

  /** Whether no start is under way. */
  public synchronized boolean areNone() {
    return underWay.isEmpty();
  }

  /** Whether a start never came back: its child may be waited for, and is not recorded. */
  public synchronized boolean haveLostOne() {
    return lost;
  }

  /**
   * Waits for the starts that are under way, a second at most, and holds others back until this
   * thread calls {@link #resume}, but no longer than a while, as a look may hang. A process that is
   * found meanwhile is in the middle of none: between vfork(2) and execve(2) it has the JVM's
   * memory, where the handler of a signal that it is sent would run.
   */
  public void suspend() {
    // Looks that overlap would hold starts back for as long as they are taken.
    long begun = System.nanoTime();
    while (countHeldBack(0) > 0 && System.nanoTime() - begun < PATIENCE_NANOS) {
      LockSupport.parkNanos(NAP_NANOS);
    }
    hold();
    awaitNone();
  }

  private synchronized void hold() {
    heldUntil.put(Thread.currentThread(), System.nanoTime() + longestHoldNanos);
  }

  /** Ends this thread's {@link #suspend}, however that ended. */
  public synchronized void resume() {
    heldUntil.remove(Thread.currentThread());
  }

  /**
   * Closes the register, as this thread ends the worker: waits for the starts that are under way, a
   * second at most, and lets no more begin.
   */
  public void close() {
    ending = Thread.currentThread();
    awaitNone();
  }

  private void awaitNone() {
    long begun = System.nanoTime();
    while (!areNone() && System.nanoTime() - begun < PATIENCE_NANOS) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  /** Whether the worker's end has begun. */
  public boolean areClosed() {
    return ending != null;
  }

  /**
   * Whether this thread ends the worker: what it starts is the JVM's own, as JDK 25 assembles its
   * AOT cache in another JVM, which it starts at the very end (JEP 514).
   */
  public boolean isEnding() {
    return ending == Thread.currentThread();
  }
}
