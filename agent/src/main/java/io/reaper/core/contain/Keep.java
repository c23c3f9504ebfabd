package io.reaper.core.contain;

import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessId;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.family.Snapshot;
import io.reaper.core.options.Options;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;

/**
 * Who may outlive the worker: executables of those names, processes with REAPER_KEEP=true in their
 * environment, those that an operator has named, and the descendants of all of them.
 */
public final class Keep {
  private static final String MARK = "REAPER_KEEP=" + Options.KEEP_MARK;

  private final Set<String> names;
  private final Set<ProcessId> named;
  private final ProcFs proc;

  /** Executables of those names, those processes, and whoever carries the mark. */
  public Keep(Set<String> names, Set<ProcessId> named, ProcFs proc) {
    this.names = names;
    this.named = named;
    this.proc = proc;
  }

  /** Takes out of those selected whoever may live on. */
  public void spare(Snapshot all, Map<ProcessId, ?> selected) {
    Deque<ProcessInfo> kept = new ArrayDeque<>();
    for (ProcessInfo process : all.processes()) {
      if (selected.containsKey(process.id()) && isKept(process)) {
        kept.add(process);
      }
    }
    while (!kept.isEmpty()) {
      ProcessInfo process = kept.remove();
      if (selected.remove(process.id()) != null) {
        kept.addAll(all.childrenOf(process.pid()));
      }
    }
  }

  /** Whether it may live on by itself, and not as somebody's descendant. */
  boolean isKept(ProcessInfo process) {
    return named.contains(process.id())
        || isNamed(process)
        || proc.environmentHolds(process.pid(), MARK);
  }

  private boolean isNamed(ProcessInfo process) {
    return !names.isEmpty()
        && (names.contains(process.name()) || names.contains(proc.executable(process.pid())));
  }
}
