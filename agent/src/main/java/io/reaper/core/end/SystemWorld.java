package io.reaper.core.end;

import io.reaper.core.family.Child;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Shows the world as it is. */
public final class SystemWorld implements World {
  /** What the JDK is given to collect a status; what it has not by then, it is kept from. */
  private static final long UNTIL_COLLECTED_MILLIS = 200;

  private final ProcFs proc;
  private final Map<ProcessId, Child> children;
  private Runnable asking;

  /** Since when children that the JDK has not collected have not been there. */
  private final Map<ProcessId, Long> unseen = new ConcurrentHashMap<>();

  /**
   * Creates the view through /proc and the JDK's own handles.
   *
   * @param children this JVM's own, of which the JDK knows more than /proc does, where that hides
   *     processes or no descriptor is free
   * @param asking runs once, before the first process is sent the polite signal, or null
   */
  public SystemWorld(ProcFs proc, Map<ProcessId, Child> children, Runnable asking) {
    this.proc = proc;
    this.children = children;
    this.asking = asking;
  }

  @Override
  public void asks() {
    if (asking != null) {
      asking.run();
      asking = null;
    }
  }

  @Override
  public boolean isAlive(ProcessId id) {
    Child child = children.get(id);
    return child == null ? proc.isAlive(id) : !child.isCollected() && !isOver(id);
  }

  @Override
  public boolean mayBeAlive(ProcessId id) {
    return children.containsKey(id) ? isAlive(id) : !proc.isUnseen(id);
  }

  /**
   * Whether that child is gone though the JDK has not said so. It does only after it has collected
   * the status, from when on the number is free (wait(2)), and where the application holds the
   * monitor of the Process, only when it lets go of that (before JDK 21).
   */
  private boolean isOver(ProcessId id) {
    if (id.start() == ProcessId.UNKNOWN_START) {
      return false;
    }
    ProcessInfo there = proc.read(id.pid());
    if (there != null) {
      return !there.id().equals(id);
    }
    long now = millis();
    Long since = unseen.putIfAbsent(id, now);
    return since != null && now - since >= UNTIL_COLLECTED_MILLIS && proc.isFree(id.pid());
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
