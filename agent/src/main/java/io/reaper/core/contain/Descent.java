package io.reaper.core.contain;

import io.reaper.core.observe.Reason;

/**
 * Tells why a process that was not recorded itself is the worker's, down to the line of Java that
 * started the recorded child which it descends from.
 */
final class Descent implements Reason {
  static final String DESCENDANT = "descendant";
  static final String ORPHAN = "adopted orphan";

  private final String word;
  private final String ancestor;
  private final int pid;
  private final Reason recorded;

  /**
   * Creates the reason.
   *
   * @param word what the process is to the worker
   * @param ancestor name and pid of the recorded child, or null if it is not there any more
   * @param pid that of the child, or 0
   * @param recorded says what started the ancestor
   */
  Descent(String word, String ancestor, int pid, Reason recorded) {
    this.word = word;
    this.ancestor = ancestor;
    this.pid = pid;
    this.recorded = recorded;
  }

  /** Returns what started the ancestor: class, method and line, and the calls that led there. */
  @Override
  public String startedBy() {
    return recorded.startedBy();
  }

  @Override
  public int child() {
    return pid;
  }

  @Override
  public String toString() {
    String by = startedBy();
    String link = word.equals(DESCENDANT) || word.equals(ORPHAN) ? " of " : ", below ";
    if (by.isEmpty()) {
      return ancestor == null ? word : word + link + ancestor;
    }
    return word + link + (ancestor == null ? "a child " : ancestor + ", ") + "started by " + by;
  }
}
