package io.reaper.core.proc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** Follows the kernel's lists of children (proc(5), /proc/PID/task/TID/children). */
public final class ListedChildren {
  private ListedChildren() {}

  /** Returns the living descendants of these processes; of one that ends meanwhile, none. */
  static List<ProcessInfo> below(Collection<ProcessInfo> ancestors, ProcFs proc) {
    List<ProcessInfo> descendants = new ArrayList<>();
    Deque<ProcessInfo> parents = new ArrayDeque<>(ancestors);
    while (!parents.isEmpty()) {
      ProcessInfo parent = parents.remove();
      List<Integer> listed = proc.childrenOf(Integer.toString(parent.pid()), "");
      List<ProcessInfo> children = new ArrayList<>();
      for (ProcessInfo child : proc.readEach(listed == null ? List.of() : listed, parent.pid())) {
        if (!child.isZombie()) {
          children.add(child);
        }
      }
      // Alive after the look: no other process had its number then.
      if (!children.isEmpty() && proc.isAlive(parent.id())) {
        descendants.addAll(children);
        parents.addAll(children);
      }
    }
    return descendants;
  }

  /** Returns the numbers of those children of this JVM that are listed and cannot be looked at. */
  static List<Integer> hidden(ProcFs proc) {
    List<Integer> hidden = new ArrayList<>();
    List<Integer> children = proc.childrenOf("self", "");
    for (int pid : children == null ? List.<Integer>of() : children) {
      if (proc.read(pid) == null) {
        hidden.add(pid);
      }
    }
    // One that was reaped meanwhile is not listed any more.
    if (!hidden.isEmpty()) {
      List<Integer> still = proc.childrenOf("self", "");
      hidden.retainAll(still == null ? List.of() : still);
    }
    return hidden;
  }

  /**
   * Whether a process has certainly forked that child: another thread of its than the first has it.
   * Adopted ones come to the first thread, whose only other children are those of threads that have
   * ended (kernel/exit.c, find_new_reaper). A list may lack a living child while others are reaped
   * (proc(5)), so that only to be in one counts.
   */
  public static boolean hasForked(int process, int child, ProcFs proc) {
    List<Integer> adopted = proc.adoptedBy(process);
    if (adopted == null || adopted.contains(child)) {
      return false;
    }
    String first = Integer.toString(process);
    List<Integer> forked = proc.childrenOf(first, first);
    return forked != null && forked.contains(child);
  }

  /** Returns the last ones of a list first, as far as they have that parent. */
  static List<ProcessInfo> youngest(List<Integer> listed, int parent, int most, ProcFs proc) {
    if (listed == null) {
      return List.of();
    }
    Collections.reverse(listed);
    return proc.readEach(listed.subList(0, Math.min(most, listed.size())), parent);
  }
}
