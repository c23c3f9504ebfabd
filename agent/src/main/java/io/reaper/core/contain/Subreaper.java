package io.reaper.core.contain;

import io.reaper.core.family.ProcessId;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.family.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All descendants of the worker. Orphans among them have come to the worker (prctl(2),
 * PR_SET_CHILD_SUBREAPER), so that while it lives each of them has it as an ancestor.
 */
public final class Subreaper implements Mode {
  @Override
  public boolean adopts() {
    return true;
  }

  @Override
  public String key() {
    return "subreaper";
  }

  @Override
  public boolean looksBeyondChildren() {
    return true;
  }

  @Override
  public void select(
      Snapshot all, Kin kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    Set<ProcessId> roots = new HashSet<>(kin.recorded().keySet());
    roots.addAll(found);
    List<Integer> parents = new ArrayList<>();
    parents.add(kin.worker());
    // Whoever is the worker's in another mode's view may have descendants that are not in it, and
    // must be seen with them now: killed first, nobody could tell whose they were. What they lead
    // says nothing: the worker itself is among them, and strangers may be in its group.
    for (ProcessId other : selected.keySet()) {
      parents.add(other.pid());
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
   * Groups and sessions that one of ours leads or has led. The number stays taken while there is a
   * member (setpgid(2), setsid(2)); that one of ours is a member now says that it was never free.
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
