package io.reaper.core.family;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Whose turn it is to fork, while only one start may at a time. */
final class Turns {
  private static final long NAP_MILLIS = 20;

  private final Set<Thread> forking = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean oneAtATime;

  /** Whether it is this thread's turn, which it has from then on. */
  synchronized boolean isMine() {
    if (!oneAtATime || forking.isEmpty()) {
      forking.add(Thread.currentThread());
    }
    return forking.contains(Thread.currentThread());
  }

  /**
   * Waits for the end of another's turn, or a moment; returns whether it was interrupted. Many
   * threads that looked by themselves would starve the one whose turn it is.
   */
  synchronized boolean isInterruptedInAWait() {
    try {
      wait(NAP_MILLIS);
      return false;
    } catch (InterruptedException later) {
      return true;
    }
  }

  /** Ends this thread's turn. */
  synchronized void leave() {
    forking.remove(Thread.currentThread());
    notify();
  }

  synchronized void oneAtATime() {
    oneAtATime = true;
  }

  /** Whether more than one thread is forking. */
  synchronized boolean isCrowded() {
    return forking.size() > 1;
  }

  /** Lets all fork again once none is forking, or at once; returns whether they may. */
  synchronized boolean isFreed(boolean atOnce) {
    if (atOnce || forking.isEmpty()) {
      oneAtATime = false;
      notifyAll();
    }
    return !oneAtATime;
  }
}
