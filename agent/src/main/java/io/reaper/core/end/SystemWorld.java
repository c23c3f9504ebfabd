package io.reaper.core.end;

import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessId;

/** The world as it is. */
public final class SystemWorld implements Termination.World {
  private final ProcFs proc;

  /** Seen through that. */
  public SystemWorld(ProcFs proc) {
    this.proc = proc;
  }

  @Override
  public boolean isAlive(ProcessId id) {
    return proc.isAlive(id);
  }

  @Override
  public long upMillis() {
    return proc.upMillis();
  }

  @Override
  public long millis() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public void nap(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException hurried) {
      // Somebody wants the JVM to end faster; looking again at once is what there is to do.
      Thread.yield();
    }
  }
}
