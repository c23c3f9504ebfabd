package io.reaper.core.end;

import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Collection;
import java.util.List;

/** Who must die, asked again and again until nobody is left. */
public interface Targets {
  /** One who must die. */
  final class Target {
    private final ProcessInfo process;
    private final Reason reason;
    private String command = "";
    private long memoryBytes;

    public Target(ProcessInfo process, Reason reason) {
      this.process = process;
      this.reason = reason;
    }

    public ProcessInfo process() {
      return process;
    }

    /** Returns why it is the worker's; printed as late as can be, as that may take time. */
    public Reason reason() {
      return reason;
    }

    /** Looks at what nobody can see any more when it is dead. */
    void see(Termination.World world) {
      command = world.command(id().pid());
      memoryBytes = world.residentBytes(id().pid());
    }

    /** Returns the words that it was started with; empty if nobody looked. */
    public String command() {
      return command;
    }

    /** Returns what it held of the memory when it was found; 0 if nobody looked. */
    long memoryBytes() {
      return memoryBytes;
    }

    /** Its name. */
    public ProcessId id() {
      return process.id();
    }
  }

  /**
   * Those who are alive now.
   *
   * @param found those that an earlier look has found
   */
  List<Target> find(Collection<ProcessId> found);

  /**
   * Returns those that the looks so far have left alone because they may live on, with the reason.
   */
  default List<Target> spared() {
    return List.of();
  }

  /** Whether a look that finds nobody proves anything at this moment. */
  default boolean canLook() {
    return true;
  }

  /** SIGKILL for all whom the kernel can end in one stroke. */
  default void killInOneStroke() {}

  /**
   * Those who have become orphans a moment ago, where that can be told: a look of microseconds, for
   * processes that fork faster than {@link #find} looks.
   */
  default List<Target> newOrphans() {
    return List.of();
  }

  /** Those that live and cannot be looked at: whether one is to be kept cannot be told. */
  default List<Target> hidden() {
    return List.of();
  }
}
