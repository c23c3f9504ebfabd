package io.reaper.core.contain;

import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One way to say which processes must die when the worker ends. */
public interface Mode {
  /**
   * Returns the modes that were asked for, as far as they were available.
   *
   * @param group the mode of that name, or null if there is no group
   * @param subreaper the mode of that name, or null if the worker is, or was, no subreaper
   * @param cgroup the worker's own cgroup, or null
   */
  static List<Mode> of(Options options, ProcessGroup group, Subreaper subreaper, Cgroup cgroup) {
    List<Mode> modes = new ArrayList<>();
    if (options.children()) {
      modes.add(new DirectChildren());
    }
    if (group != null) {
      modes.add(group);
    }
    if (subreaper != null) {
      modes.add(subreaper);
    }
    if (cgroup != null) {
      modes.add(cgroup);
    }
    return modes;
  }

  /** Returns the keys of the modes with + between them, or "none". */
  static String names(List<Mode> modes) {
    StringBuilder names = new StringBuilder();
    for (Mode mode : modes) {
      names.append(names.length() == 0 ? "" : "+").append(mode.key());
    }
    return names.length() == 0 ? "none" : names.toString();
  }

  /** Returns the key of the mode's option. */
  String key();

  /**
   * Whether the mode must see every process, and not the worker's children and those recorded
   * alone.
   */
  boolean looksBeyondChildren();

  /** Whether one of the modes must see every process. */
  static boolean lookBeyondChildren(List<Mode> modes) {
    for (Mode mode : modes) {
      if (mode.looksBeyondChildren()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds the processes that must die in this mode's view, each with the reason why it is the
   * worker's; throws UncheckedIOException if the mode cannot tell now.
   *
   * @param found those that an earlier look has found, which may have lost their parent since
   */
  void select(
      Snapshot all, WorkerFacts kin, Collection<ProcessId> found, Map<ProcessId, String> selected);

  /** Whether a process that the mode selects can only be the worker's, if it is an orphan. */
  default boolean provesOrphans() {
    return false;
  }

  /** Whether the mode selects others' processes, too, wherever and whenever those came. */
  default boolean holdsOthers() {
    return false;
  }

  /** Whether the kernel can end all that the mode selects in one stroke. */
  default boolean killsInOneStroke() {
    return false;
  }

  /** Returns the numbers of all that such a stroke would end, whether /proc shows them or not. */
  default Set<Integer> members() throws IOException {
    return Set.of();
  }

  /** Looks which of the mode's processes may live on. */
  interface Kept {
    /** Returns their pids at this moment; throws if that cannot be told of each. */
    Set<Integer> look() throws IOException;
  }

  /**
   * Kills all that the mode selects in one stroke, where the kernel can.
   *
   * @param self the caller, which is not killed
   * @param kept the members that may live on
   */
  default void killInOneStroke(int self, Kept kept) throws IOException {}

  /**
   * Returns this mode's processes that have become orphans a moment ago, as far as that can be told
   * without a look at every process.
   *
   * @param self the caller
   */
  default List<ProcessInfo> newOrphans(ProcFs proc, WorkerFacts kin, int self) {
    return List.of();
  }
}
