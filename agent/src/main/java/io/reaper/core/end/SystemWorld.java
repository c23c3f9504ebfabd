package io.reaper.core.end;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Shows the world as it is. */
public final class SystemWorld implements World {
  private final ProcFs proc;
  private final Map<ProcessId, Child> children;

  /**
   * Creates the view through /proc and the JDK's own handles.
   *
   * @param children this JVM's own, of which the JDK knows more than /proc does, where that hides
   *     processes or no descriptor is free
   */
  public SystemWorld(ProcFs proc, Map<ProcessId, Child> children) {
    this.proc = proc;
    this.children = children;
  }

  @Override
  public boolean isAlive(ProcessId id) {
    Child child = children.get(id);
    return child == null ? proc.isAlive(id) : !child.isCollected() && !isAnothers(id);
  }

  @Override
  public boolean mayBeAlive(ProcessId id) {
    return children.containsKey(id) ? isAlive(id) : !proc.isUnseen(id);
  }

  /**
   * Whether that number is another process's by now: the JDK says that it has collected a child
   * only after it has done so, and from then on the number is free (wait(2)).
   */
  private boolean isAnothers(ProcessId id) {
    ProcessInfo there = id.start() == ProcessId.UNKNOWN_START ? null : proc.read(id.pid());
    return there != null && !there.id().equals(id);
  }

  @Override
  public String command(int pid) {
    return proc.details(pid).commandLine();
  }

  @Override
  public long residentBytes(int pid) {
    return proc.details(pid).residentBytes();
  }

  @Override
  public long upMillis() {
    return proc.own().upMillis();
  }

  @Override
  public long millis() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public void nap(long millis) {
    // A thread that is interrupted does not park; the interrupt is its caller's to see.
    boolean interrupted = Thread.interrupted();
    LockSupport.parkNanos(millis * 1_000_000);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
