package io.reaper.core.sentinel;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets starts pass one at a time, for as long as a process that is being started holds the lifeline
 * open. When the worker dies in the middle of a start, the JDK's helper reads the end of its pipe
 * and ends; of two whose pipes are inherited by each other (the JDK's are not close-on-exec,
 * ProcessImpl.forkAndExec) each waits for ever, and with them the sentinel.
 */
final class Turnstile {
  private static final long NAP_NANOS = 200_000;

  private final AtomicReference<Thread> inside = new AtomicReference<>();
  private volatile boolean closed;

  /** From now on one at a time. */
  void close() {
    closed = true;
  }

  /** From now on as many as want to, those who wait already among them. */
  void open() {
    closed = false;
  }

  /** Returns when this thread's start may begin. */
  void enter() {
    Thread self = Thread.currentThread();
    boolean interrupted = false;
    while (closed && inside.get() != self && !inside.compareAndSet(null, self)) {
      // One who is interrupted does not park.
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(NAP_NANOS);
    }
    if (interrupted) {
      self.interrupt();
    }
  }

  /** This thread's start is over. */
  void leave() {
    if (inside.get() == Thread.currentThread()) {
      inside.set(null);
    }
  }
}
