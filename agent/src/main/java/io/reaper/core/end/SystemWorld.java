package io.reaper.core.end;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.util.Map;

/** Shows the world as it is. */
public final class SystemWorld implements Termination.World {
  private final ProcFs proc;
  private final Map<ProcessId, Child> children;

  /**
   * Creates the view through /proc and the JDK's own handles.
   *
   * @param children this JVM's own: as long as the JDK has not collected one, no other process has
   *     its pid (wait(2)), and the JDK is asked faster than /proc
   */
  public SystemWorld(ProcFs proc, Map<ProcessId, Child> children) {
    this.proc = proc;
    this.children = children;
  }

  @Override
  public boolean isAlive(ProcessId id) {
    Child child = children.get(id);
    return child == null ? proc.isAlive(id) : !child.isCollected();
  }

  @Override
  public String command(int pid) {
    return String.join(" ", proc.details(pid).command());
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
    try {
      Thread.sleep(millis);
    } catch (InterruptedException hurried) {
      // An interrupt asks the JVM to end faster; to look again at once is all that can be done.
      Thread.yield();
    }
  }
}
