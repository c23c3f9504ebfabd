package io.reaper.core;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Lineage;
import io.reaper.core.family.Sigchld;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.spawn.SpawnRecorder;
import java.util.concurrent.locks.LockSupport;

/** Does what there is to do about each start of a process, in the order in which it happens. */
final class StartGate implements SpawnRecorder.Gate {
  private final Starts starts;
  private final ModeEntry modes;
  private final Sigchld sigchld;
  private final CrashGuard guard;
  private final Containment containment;
  private final Posix posix;
  private final Log log;

  StartGate(
      Starts starts,
      ModeEntry modes,
      Sigchld sigchld,
      CrashGuard guard,
      Containment containment,
      Posix posix,
      Log log) {
    this.starts = starts;
    this.modes = modes;
    this.sigchld = sigchld;
    this.guard = guard;
    this.containment = containment;
    this.posix = posix;
    this.log = log;
  }

  @Override
  public boolean isTheJvms() {
    return starts.isEnding();
  }

  @Override
  public void beforeStart() {
    boolean first = !guard.hasStarted();
    starts.begin();
    modes.await();
    sigchld.beforeStart();
    guard.start();
    starts.awaitTurn();
    if (first) {
      // What came before may have waited, and taken what the application had left for a park of
      // its own; one that returns early is any (LockSupport).
      LockSupport.unpark(Thread.currentThread());
    }
  }

  @Override
  public void hasStarted(int pid) {
    if (containment.isSubreaper() && containment.mark() != 0) {
      try {
        long limit = Lineage.limitOf(containment.mark(), pid);
        posix.lowerSoftLimitOf(pid, Posix.RLIMIT_RSS, limit);
      } catch (RuntimeException | Error unexpected) {
        log.debug("cannot mark process " + pid + ": " + unexpected);
      }
    }
  }

  @Override
  public void afterStart() {
    starts.end();
    guard.startIfPutOff();
  }
}
