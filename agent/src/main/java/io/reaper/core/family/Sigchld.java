package io.reaper.core.family;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Disposition;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;

/**
 * The worker's disposition of SIGCHLD. If it is ignored, the kernel reaps adopted orphans by itself
 * (waitpid(2), NOTES), but then also takes every exit status of the JVM's own children, which the
 * JDK would report as 0. So it is ignored only while no start is under way and no child is waited
 * for, and at its default from before the fork on, so that no child inherits SIG_IGN (execve(2)).
 */
public final class Sigchld {
  private final Family family;
  private final Starts starts;
  private final Disposition chld;
  private final NativeCode nativeCode;
  private final Log log;

  private int suspensions;
  private boolean adopting;
  private boolean ignoreWhenIdle;
  private boolean ignored;
  private boolean hasEverIgnored;
  private boolean handsOff;
  private boolean handled;

  /** Leaves the disposition as it is until {@link #startAdopting}. */
  public Sigchld(Family family, Starts starts, Posix posix, NativeCode nativeCode, Log log) {
    this.family = family;
    this.starts = starts;
    this.chld = new Disposition(posix, Signal.CHLD);
    this.nativeCode = nativeCode;
    this.log = log;
  }

  /**
   * Provides for the orphans that the worker adopts from now on.
   *
   * @param ignoreWhenIdle whether the signal is ignored at all, from the next {@link #settle} on
   */
  public synchronized void startAdopting(boolean ignoreWhenIdle) {
    adopting = true;
    this.ignoreWhenIdle = ignoreWhenIdle;
    if (!ignoreWhenIdle) {
      atDefault();
    }
  }

  /** Sets the default, as the worker adopts no orphans any more. */
  public synchronized void stopAdopting() {
    adopting = false;
    ignoreWhenIdle = false;
    atDefault();
  }

  /** Sets the default before a registered start forks. */
  public synchronized void beforeStart() {
    if (!handsOff && starts.haveLostOne()) {
      handsOff = true;
      if (adopting) {
        log.warn(
            "a start was lost sight of; SIGCHLD stays at its default, and orphans are not reaped");
      }
    }
    atDefault();
  }

  /** Sets the default, and leaves it alone from now on, as starts may go by unseen. */
  public synchronized void giveUp() {
    handsOff = true;
    atDefault();
  }

  /** Sets the default until {@link #resume}, for a child that is not the application's. */
  public synchronized void suspend() {
    suspensions++;
    atDefault();
  }

  /** Ends a {@link #suspend}. */
  public synchronized void resume() {
    suspensions--;
  }

  private void atDefault() {
    // Not only the agent ignores it: a Ray worker whose raylet is a subreaper does, at a time of
    // its own, and would read 0 of every child. And whoever has found SIG_IGN here once may put it
    // back at any time (signal(2) returns it, to be restored).
    if (hasEverIgnored || ignoreWhenIdle && !handsOff && !handled) {
      // A handler that the application has set meanwhile is its own to keep.
      handled = !chld.toDefault();
      handsOff |= ignored && handled;
      ignored = false;
    }
  }

  /**
   * Whether every child of the JVM's own from before that start is recorded, so that one that is
   * not recorded is none of them.
   */
  public synchronized boolean areAllRecordedBefore(long start) {
    return suspensions == 0 && !handsOff && starts.areOverBefore(start);
  }

  /**
   * Ignores SIGCHLD if no child is waited for, and only then. Returns whether there is nothing more
   * to do.
   */
  public synchronized boolean settle() {
    // In this order: a child is in the family before its start is over.
    boolean idle = suspensions == 0 && starts.areNone() && family.isEmpty();
    if (ignoreWhenIdle && nativeCode.isThere()) {
      atDefault();
      ignoreWhenIdle = false;
      log.info("SIGCHLD stays at its default: native code in this process may wait for children");
    }
    if (!idle || handsOff) {
      atDefault();
    }
    if (idle && ignoreWhenIdle && !ignored && !handsOff) {
      ignored = chld.ignore();
      hasEverIgnored |= ignored;
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
