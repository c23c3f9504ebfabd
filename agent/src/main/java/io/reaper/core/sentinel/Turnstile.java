package io.reaper.core.sentinel;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets starts pass one at a time, for as long as a process that is being started holds the lifeline
 * open. When the worker dies in the middle of a start, the JDK's helper reads the end of its pipe
 * and ends; of two whose pipes are inherited by each other (the JDK's are not close-on-exec,
 * ProcessImpl.forkAndExec) each waits for ever, and with them whoever's pipe they have inherited
 * too: if that one holds the lifeline, so does the sentinel.
 */
final class Turnstile {
  private static final long NAP_NANOS = 200_000;

  /** A start takes a millisecond. One that has not left by then will not, and must not stop all. */
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  /** So long nothing but a start that hangs in the kernel keeps others from theirs. */
  private static final long LONGEST_WAIT_NANOS = 10_000_000_000L;

  private final long longestWaitNanos;
  private final Set<Thread> inside = new HashSet<>();
  private boolean closed;

  Turnstile() {
    this(LONGEST_WAIT_NANOS);
  }

  Turnstile(long longestWaitNanos) {
    this.longestWaitNanos = longestWaitNanos;
  }

  /** From now on one at a time; returns when no more than one is inside. */
  void close() {
    setClosed(true);
    long begun = System.nanoTime();
    while (isCrowded() && System.nanoTime() - begun < PATIENCE_NANOS) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  /**
   * From now on as many as want to, those who wait already among them. Waits until nobody is
   * inside: who has entered before inherits what those after him do not.
   */
  void open() {
    enter(PATIENCE_NANOS);
    setClosed(false);
    leave();
  }

  private synchronized void setClosed(boolean whether) {
    closed = whether;
  }

  private synchronized boolean isCrowded() {
    return inside.size() > 1;
  }

  private synchronized boolean hasEntered(Thread self) {
    if (!closed || inside.isEmpty()) {
      inside.add(self);
    }
    return inside.contains(self);
  }

  /**
   * Returns when this thread's start may begin: when its turn has come, or after a while whether it
   * has or not, as the JVM's own end may wait for a start.
   */
  void enter() {
    enter(longestWaitNanos);
  }

  private void enter(long patienceNanos) {
    Thread self = Thread.currentThread();
    boolean interrupted = false;
    long begun = System.nanoTime();
    while (!hasEntered(self) && System.nanoTime() - begun < patienceNanos) {
      // One who is interrupted does not park.
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(NAP_NANOS);
    }
    if (interrupted) {
      self.interrupt();
    }
  }

  /** This thread's start is over. */
  synchronized void leave() {
    inside.remove(Thread.currentThread());
  }
}
