package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tells those children of this JVM that native code in it may have forked, and may wait for at a
 * time of its own choice, from orphans that have come to it. Where there is no native code, all
 * that are not the JDK's are orphans.
 */
public final class ForkedHere {
  /** Whoever has not asked for a status by then never will. */
  private static final long LONGEST_WAIT_NANOS = 60_000_000_000L;

  private final int self;
  private final ProcFs proc;
  private final NativeCode nativeCode;
  private final long mark;

  /** Those that were seen with the thread that has forked them. */
  private final Set<ProcessId> certain = new HashSet<>();

  private List<Integer> adopted;
  private boolean isAsked;

  /**
   * Of this JVM.
   *
   * @param mark what {@link Lineage#limitOf} makes the limits of that the JDK's children are given,
   *     and hand down, or 0 for none
   */
  public ForkedHere(int self, ProcFs proc, NativeCode nativeCode, long mark) {
    this.self = self;
    this.proc = proc;
    this.nativeCode = nativeCode;
    this.mark = mark;
  }

  /** A look begins, and these are there. */
  void begin(Set<ProcessId> present) {
    certain.retainAll(present);
    isAsked = false;
  }

  /**
   * Whether a child that is not the JDK's, or its start is under way, was not forked by native
   * code: there is none, or the child descends from one of the JDK's.
   */
  boolean isExcluded(ProcessInfo child) {
    if (!nativeCode.isThere()) {
      return true;
    }
    if (!isAsked) {
      isAsked = true;
      adopted = proc.adoptedBy(self);
    }
    if (adopted == null || !adopted.contains(child.pid())) {
      certain.add(child.id());
    }
    Long limit = mark == 0 ? null : proc.details(child.pid()).softLimitOnResidentSet();
    return limit != null && Lineage.isLimit(limit, mark);
  }

  /**
   * Whether the same is to be supposed of a child that has ended so long ago. It has come to the
   * first thread, as orphans do; so does what a thread has forked that has ended since, but only if
   * nobody saw it before.
   */
  boolean isUnlikely(ProcessInfo child, long sinceNanos) {
    return System.nanoTime() - sinceNanos > LONGEST_WAIT_NANOS
        && !certain.contains(child.id())
        && nativeCode.sparesTheFirstThread();
  }
}
