package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A child that was there before an attach, which has taken it up: the application's own handle of
 * it is out of reach, and so is its exit status. Children from before an agent that came at the
 * start are bystanders ({@link ChildrenAtStart}).
 */
final class PreexistingChild extends Process {
  private static final long LONGEST_ZOMBIE_NANOS = 1_000_000_000;
  private static final int UNKNOWN_STATUS = -1;

  private final ProcessId id;
  private final ProcFs proc;
  private volatile long seenAlive = System.nanoTime();

  private PreexistingChild(ProcessId id, ProcFs proc) {
    this.id = id;
    this.proc = proc;
  }

  /** Returns the record of a child that was there before the agent. */
  static Child takenUp(ProcessInfo info, ProcFs proc) {
    return new Child(
        info.id(),
        new PreexistingChild(info.id(), proc),
        proc.details(info.pid()).command(),
        0,
        "",
        null);
  }

  /**
   * Whether the child is not reaped yet. A zombie counts for a second only: its status may still be
   * waited for, but it may also be an orphan that came to the worker meanwhile.
   */
  @Override
  public boolean isAlive() {
    ProcessInfo info = proc.read(id.pid());
    if (info == null) {
      // A look that failed says nothing.
      return !proc.isUnseen(id);
    }
    if (!info.id().equals(id)) {
      return false;
    }
    long now = System.nanoTime();
    if (!info.isZombie()) {
      seenAlive = now;
    }
    return now - seenAlive < LONGEST_ZOMBIE_NANOS;
  }

  @Override
  public long pid() {
    return id.pid();
  }

  /** Returns -1, as the exit status is out of reach. */
  @Override
  public int exitValue() {
    return UNKNOWN_STATUS;
  }

  @Override
  public OutputStream getOutputStream() {
    throw new UnsupportedOperationException();
  }

  @Override
  public InputStream getInputStream() {
    throw new UnsupportedOperationException();
  }

  @Override
  public InputStream getErrorStream() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int waitFor() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void destroy() {
    throw new UnsupportedOperationException();
  }
}
