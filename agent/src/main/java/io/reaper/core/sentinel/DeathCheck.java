package io.reaper.core.sentinel;

import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;

/**
 * Tells whether a process that a ledger names is dead. Where /proc may hide it, kill(2) has the
 * last word: ESRCH says that its number is free. Any other answer may be of another process by now,
 * and counts as its life.
 */
public final class DeathCheck {
  private final ProcFs proc;
  private final Posix posix;
  private final int self;

  /** Creates the check, which asks these. */
  public DeathCheck(ProcFs proc, Posix posix, int self) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
  }

  /** Whether that process certainly runs no more. */
  public boolean isDead(ProcessId id) {
    return isUnseen(id) && (proc.isDead(id) || posix.probe(id.pid()) == -Posix.ESRCH);
  }

  /**
   * Whether that process is not to be seen running, which is enough for whoever has made sure of
   * its death: its number may be another user's by now, of whom kill(2) tells.
   */
  boolean isUnseen(ProcessId id) {
    // This process lives, whatever it is told of its own start time: qemu-user tells each thread a
    // different one.
    return id.pid() != self && proc.isUnseen(id);
  }

  /** Whether that process may live though it is not to be seen. */
  boolean mayBeHidden(ProcessId id) {
    return isUnseen(id) && !isDead(id);
  }
}
