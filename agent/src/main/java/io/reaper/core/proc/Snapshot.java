package io.reaper.core.proc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds all processes as they were read, one after the other, in one walk through /proc. */
public final class Snapshot {
  /** Holds no process. */
  public static final Snapshot NONE = new Snapshot(List.of());

  private final List<ProcessInfo> processes;
  private final Map<Integer, List<ProcessInfo>> byParent = new HashMap<>();

  /** The processes by number, or null as long as nothing has asked for one. */
  private volatile Map<Integer, ProcessInfo> byNumber;

  /** Creates a snapshot of these processes. */
  public Snapshot(List<ProcessInfo> processes) {
    this.processes = processes;
    for (ProcessInfo process : processes) {
      List<ProcessInfo> siblings = byParent.get(process.parent());
      if (siblings == null) {
        siblings = new ArrayList<>();
        byParent.put(process.parent(), siblings);
      }
      siblings.add(process);
    }
  }

  /** Returns each process, in the order of the walk. */
  public List<ProcessInfo> processes() {
    return processes;
  }

  /**
   * Returns the processes below these numbers, parents before their children; in a loop, each once.
   */
  public List<ProcessInfo> descendantsOf(Collection<Integer> ancestors) {
    List<ProcessInfo> descendants = new ArrayList<>();
    Deque<Integer> parents = new ArrayDeque<>(ancestors);
    Set<Integer> visited = new HashSet<>();
    while (!parents.isEmpty()) {
      int parent = parents.remove();
      if (visited.add(parent)) {
        for (ProcessInfo child : childrenOf(parent)) {
          descendants.add(child);
          parents.add(child.pid());
        }
      }
    }
    return descendants;
  }

  /** Returns the process of that number, or null. */
  public ProcessInfo get(int pid) {
    Map<Integer, ProcessInfo> numbered = byNumber;
    if (numbered == null) {
      numbered = new HashMap<>();
      for (ProcessInfo process : processes) {
        numbered.put(process.pid(), process);
      }
      byNumber = numbered;
    }
    return numbered.get(pid);
  }

  /** Returns the processes whose parent is that process. */
  public List<ProcessInfo> childrenOf(int pid) {
    return byParent.getOrDefault(pid, List.of());
  }
}
