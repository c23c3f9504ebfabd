package io.reaper.core.contain;

import io.reaper.core.family.ProcessId;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What is known of a worker when it comes to its end.
 *
 * @param worker the number of the worker, whose children have it as parent, or {@link #GONE}
 * @param group the process group that is the worker's own, or 0
 * @param bystanders members of that group that were there before the agent
 * @param recorded the processes known by name to be the worker's; each value says, printed, how
 *     that is known
 * @param sentinel who watches over the worker, wherever it hangs, or null
 */
public record Kin(
    int worker,
    int group,
    Set<ProcessId> bystanders,
    Map<ProcessId, ?> recorded,
    ProcessId sentinel)
    implements Supplier<Kin> {
  /** The number of a worker that is dead: nobody has it as parent. */
  public static final int GONE = -1;

  /** Itself: of a worker that is dead, or is only looked at, nothing more comes to be known. */
  @Override
  public Kin get() {
    return this;
  }
}
