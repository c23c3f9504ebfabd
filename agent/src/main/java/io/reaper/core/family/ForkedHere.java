package io.reaper.core.family;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tells orphans from children that native code in this JVM may have forked, and may wait for at a
 * time of its own choice. Where there is no native code, all that are not the JDK's are orphans.
 */
public final class ForkedHere {
  /** Native code that has not asked for a status by then never will. */
  private static final long LONGEST_WAIT_NANOS = 60_000_000_000L;

  private final int self;
  private final ProcFs proc;
  private final NativeCode nativeCode;
  private final long mark;

  /** The children that were seen with the thread that has forked them. */
  private final Set<ProcessId> certain = new HashSet<>();

  private List<Integer> adopted;
  private boolean isAsked;

  /**
   * Creates the test for the children of this JVM.
   *
   * @param mark what {@link Lineage#limitOf} makes the limits from that the JDK's children are
   *     given and hand down, or 0 for none
   */
  public ForkedHere(int self, ProcFs proc, NativeCode nativeCode, long mark) {
    this.self = self;
    this.proc = proc;
    this.nativeCode = nativeCode;
    this.mark = mark;
  }

  /** Begins a look at these children. */
  void begin(Set<ProcessId> present) {
    certain.retainAll(present);
    isAsked = false;
  }

  /**
   * Whether native code did not fork a child that is not the JDK's, or whose start is under way:
   * there is no such code, or the child descends from one of the JDK's.
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
   * Whether native code is unlikely to have forked a child that has ended so long ago. Orphans come
   * to the first thread; so does what a thread has forked that has ended since, but only if no look
   * saw it before.
   */
  boolean isUnlikely(ProcessInfo child, long sinceNanos) {
    return System.nanoTime() - sinceNanos > LONGEST_WAIT_NANOS
        && !certain.contains(child.id())
        && nativeCode.sparesTheFirstThread();
  }
}
