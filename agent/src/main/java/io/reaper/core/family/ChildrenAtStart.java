package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.HashSet;
import java.util.Set;

/**
 * The children that this JVM had when it started with the agent: an entry script may have started
 * them before it became the JVM.
 */
public final class ChildrenAtStart {
  private ChildrenAtStart() {}

  /**
   * Returns these children by pid and start time.
   *
   * @param numbers the pids as they were read at the start, each followed by a space; null if they
   *     were not read: then all children that are there now are returned
   */
  public static Set<ProcessId> of(String numbers, ProcFs proc, int self) {
    Set<ProcessId> children = new HashSet<>();
    if (numbers == null) {
      for (ProcessInfo child : proc.children(self)) {
        children.add(child.id());
      }
      return children;
    }
    int begin = 0;
    for (int end = numbers.indexOf(' '); end >= 0; end = numbers.indexOf(' ', begin)) {
      int pid = Integer.parseInt(numbers.substring(begin, end));
      ProcessInfo child = proc.read(pid);
      // A child that has ended since may have left orphans.
      boolean isThere = child != null && child.parent() == self;
      children.add(isThere ? child.id() : new ProcessId(pid, ProcessId.UNKNOWN_START));
      begin = end + 1;
    }
    return children;
  }
}
