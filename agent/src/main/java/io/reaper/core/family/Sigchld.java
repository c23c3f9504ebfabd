package io.reaper.core.family;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Disposition;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import java.util.HashMap;
import java.util.Map;

/**
 * The worker's disposition of SIGCHLD. Ignored, the kernel reaps adopted orphans by itself
 * (waitpid(2), NOTES), but then also takes every exit status of the JVM's own children, which the
 * JDK would report as 0. So it is ignored only while no start is under way and no child is waited
 * for, and at its default from before the fork on, so that no child inherits SIG_IGN (execve(2)).
 */
public final class Sigchld {
  private final Family family;
  private final Disposition chld;
  private final NativeCode nativeCode;
  private final Log log;

  private final Map<Thread, Long> startsUnderWay = new HashMap<>();
  private long nextStart;
  private int holds;
  private boolean adopting;
  private boolean ignoreWhenIdle;
  private boolean ignored;
  private boolean handsOff;
  private boolean handled;

  /** Leaves the disposition as it is until {@link #begin}. */
  public Sigchld(Family family, Posix posix, NativeCode nativeCode, Log log) {
    this.family = family;
    this.chld = new Disposition(posix, Signal.CHLD);
    this.nativeCode = nativeCode;
    this.log = log;
  }

  /**
   * The worker adopts orphans from now on.
   *
   * @param ignoreWhenIdle whether it is ignored at all, from the next {@link #settle} on
   */
  public synchronized void begin(boolean ignoreWhenIdle) {
    adopting = true;
    this.ignoreWhenIdle = ignoreWhenIdle;
    if (!ignoreWhenIdle) {
      atDefault();
    }
  }

  /** The worker adopts nobody any more. */
  public synchronized void end() {
    adopting = false;
    ignoreWhenIdle = false;
    atDefault();
  }

  /** A start is about to fork. */
  public synchronized void beforeStart() {
    if (startsUnderWay.putIfAbsent(Thread.currentThread(), nextStart++) != null) {
      // The start before this one never came back to us: its child may be waited for, unknown.
      handsOff = true;
      if (adopting) {
        log.warn(
            "a start was lost sight of; SIGCHLD stays at its default, and orphans are not reaped");
      }
    }
    atDefault();
  }

  /** The start has failed, or its child is recorded. */
  public synchronized void afterStart() {
    startsUnderWay.remove(Thread.currentThread());
  }

  /** Back to the default, and left alone from now on: starts may go by unheard. */
  public synchronized void leave() {
    handsOff = true;
    atDefault();
  }

  /** At its default until {@link #release}, for a child that is not the application's. */
  public synchronized void hold() {
    holds++;
    atDefault();
  }

  /** That child has been collected. */
  public synchronized void release() {
    holds--;
  }

  private void atDefault() {
    // Not we alone ignore it: a worker of Ray's whose raylet is a subreaper does, at a time of its
    // own, and would read 0 of every child.
    if (ignored || ignoreWhenIdle && !handsOff && !handled) {
      // A handler that the application has set meanwhile is its own to keep.
      handled = !chld.toDefault();
      handsOff |= ignored && handled;
      ignored = false;
    }
  }

  /** The number of the next start. */
  public synchronized long nextStart() {
    return nextStart;
  }

  /** Whether every start before that number is over, so that its child, if any, is recorded. */
  public synchronized boolean isOver(long start) {
    for (long underWay : startsUnderWay.values()) {
      if (underWay < start) {
        return false;
      }
    }
    return holds == 0 && !handsOff;
  }

  /**
   * Ignores SIGCHLD if nobody is waited for, and only then. Answers whether there is nothing more
   * to do.
   */
  public synchronized boolean settle() {
    boolean idle = holds == 0 && startsUnderWay.isEmpty() && family.isEmpty();
    if (ignoreWhenIdle && nativeCode.isThere()) {
      atDefault();
      ignoreWhenIdle = false;
      log.info("SIGCHLD stays at its default: native code in this process may wait for children");
    }
    if (!idle) {
      atDefault();
    }
    if (idle && ignoreWhenIdle && !ignored && !handsOff) {
      ignored = chld.ignore();
      if (!ignored) {
        handsOff = true;
        log.warn(
            "SIGCHLD has a handler of the application's own; it is left as it is, and no orphan is"
                + " reaped");
      }
    }
    return idle;
  }
}
