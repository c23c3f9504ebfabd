package io.reaper.core.family;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All processes as they were read, one after the other, in one walk through /proc. */
public final class Snapshot {
  private final List<ProcessInfo> processes;
  private final Map<Integer, List<ProcessInfo>> byParent = new HashMap<>();

  /** Of these. */
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

  /** Each process, in the order of the walk. */
  public List<ProcessInfo> processes() {
    return processes;
  }

  /** Those whose parent is that process. */
  public List<ProcessInfo> childrenOf(int pid) {
    return byParent.getOrDefault(pid, List.of());
  }
}
