package io.reaper.core.contain;

import io.reaper.core.options.Option;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Selects all descendants of the worker. Orphans among them have come to the worker (prctl(2),
 * PR_SET_CHILD_SUBREAPER), so that while it lives each of them has it as an ancestor; afterwards,
 * they are known by their {@link MarkedOrphans}.
 */
public final class Subreaper implements Mode {
  private final MarkedOrphans mark;

  /**
   * Creates the mode of a worker that lives, or whose descendants are to be known without a mark.
   */
  public Subreaper() {
    this(null);
  }

  /**
   * Creates the mode of a worker that is dead.
   *
   * @param mark finds its orphans by their mark, or null
   */
  public Subreaper(MarkedOrphans mark) {
    this.mark = mark;
  }

  @Override
  public List<ProcessInfo> newOrphans(ProcFs proc, WorkerFacts kin, int self) {
    if (kin.worker() == self) {
      return proc.youngestAdopted(self, MarkedOrphans.YOUNGEST);
    }
    return mark == null ? List.of() : mark.youngestOrphans();
  }

  @Override
  public String key() {
    return Option.SUBREAPER.key();
  }

  @Override
  public boolean looksBeyondChildren() {
    return true;
  }

  @Override
  public void select(
      Snapshot all, WorkerFacts kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    Set<ProcessId> roots = new HashSet<>(kin.recorded().keySet());
    roots.addAll(found);
    List<Integer> parents = new ArrayList<>();
    parents.add(kin.worker());
    // A process that is the worker's in another mode's view may have descendants that are not in
    // it, and must be seen with them now: were it killed first, nothing would tell whose they were.
    // Groups and sessions that those lead are not followed: the worker itself is among them, and
    // strangers may be in its group.
    for (ProcessId other : selected.keySet()) {
      parents.add(other.pid());
    }
    Set<Integer> watching = kin.watching(all);
    for (ProcessInfo orphan : mark == null ? List.<ProcessInfo>of() : mark.orphans(all, roots)) {
      if (!watching.contains(orphan.pid())) {
        selected.putIfAbsent(orphan.id(), "descendant by its mark");
        roots.add(orphan.id());
      }
    }
    Set<Integer> led = numbersLed(all, roots);
    for (ProcessInfo process : all.processes()) {
      if (roots.contains(process.id())
          || led.contains(process.group())
          || led.contains(process.session())) {
        selected.putIfAbsent(process.id(), "descendant");
        parents.add(process.pid());
      }
    }
    for (ProcessInfo descendant : all.descendantsOf(parents)) {
      selected.putIfAbsent(descendant.id(), "descendant");
    }
  }

  /**
   * Returns the groups and sessions that one of the worker's processes leads or has led. The number
   * stays taken while there is a member (setpgid(2), setsid(2)); that one of the worker's is a
   * member now says that it was never free.
   */
  private static Set<Integer> numbersLed(Snapshot all, Set<ProcessId> ours) {
    Set<Integer> numbers = new HashSet<>();
    for (ProcessId one : ours) {
      numbers.add(one.pid());
    }
    Set<Integer> led = new HashSet<>();
    for (ProcessInfo process : all.processes()) {
      if (ours.contains(process.id())) {
        led.add(process.group());
        led.add(process.session());
      }
    }
    led.retainAll(numbers);
    return led;
  }
}
