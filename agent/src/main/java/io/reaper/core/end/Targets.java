package io.reaper.core.end;

import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Collection;
import java.util.List;

/** Finds the processes that must die; asked again and again until none is left. */
public interface Targets {
  /** A process that must die. */
  final class Target {
    private final ProcessInfo process;
    private final Reason reason;
    private String command = "";
    private long memoryBytes;
    private boolean sharesMemory;

    public Target(ProcessInfo process, Reason reason) {
      this.process = process;
      this.reason = reason;
    }

    public ProcessInfo process() {
      return process;
    }

    /**
     * Returns why the process is the worker's; printed as late as possible, as that may take time.
     */
    public Reason reason() {
      return reason;
    }

    /** Looks at what /proc no longer shows when the process is dead. */
    void see(World world) {
      command = world.command(id().pid());
      memoryBytes = world.residentBytes(id().pid());
    }

    /** Returns the words that the process was started with; empty if they were not looked at. */
    public String command() {
      return command;
    }

    /** Returns the resident memory when the process was found; 0 if it was not looked at. */
    long memoryBytes() {
      return memoryBytes;
    }

    /**
     * Takes note that the process may still have the memory of the caller, and with it its signal
     * handlers (vfork(2)).
     */
    public void sharesMemory() {
      sharesMemory = true;
    }

    /** Whether it is sent no signal but SIGKILL, which no handler can catch. */
    public boolean isOnlyToBeKilled() {
      return sharesMemory;
    }

    /** Returns the pid and start time. */
    public ProcessId id() {
      return process.id();
    }
  }

  /**
   * Returns the processes that are alive now.
   *
   * @param found those that an earlier look has found
   */
  List<Target> find(Collection<ProcessId> found);

  /**
   * Returns the processes that the looks so far have left alone because they may live on, with the
   * reason.
   */
  default List<Target> spared() {
    return List.of();
  }

  /**
   * Whether the last look has seen all that was there: else what it has not found proves nothing.
   */
  default boolean sawAll() {
    return true;
  }

  /**
   * Sends SIGKILL to all that the kernel can end in one stroke; returns whether there are any such.
   */
  default boolean killInOneStroke() {
    return false;
  }

  /**
   * Returns the processes that have become orphans a moment ago, where that can be told: a look of
   * microseconds, for processes that fork faster than {@link #find} looks.
   */
  default List<Target> newOrphans() {
    return List.of();
  }

  /**
   * Returns the processes that live and cannot be looked at: whether one is to be kept cannot be
   * told.
   */
  default List<Target> hidden() {
    return List.of();
  }
}
