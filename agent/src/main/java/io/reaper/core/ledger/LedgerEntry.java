package io.reaper.core.ledger;

import io.reaper.core.observe.Reason;

/** What is known of one process; printed, the reason why it is the worker's. */
public final class LedgerEntry implements Reason {
  /** What a process is to the worker. */
  public enum Kind {
    /** It was started by the worker and recorded. */
    CHILD("child", "recorded child"),
    /** It was adopted by the worker, which is a subreaper. */
    ADOPTED("adopted", "adopted orphan"),
    /** It is below one of those two, in a worker that is a subreaper. */
    DESCENDANT("descendant", "descendant");

    private final String word;
    private final String words;

    Kind(String word, String words) {
      this.word = word;
      this.words = words;
    }

    String word() {
      return word;
    }

    /** Returns the kind that is written so, or null. */
    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      return null;
    }
  }

  private final Kind kind;
  private final String startedBy;

  public LedgerEntry(Kind kind, String startedBy) {
    this.kind = kind;
    this.startedBy = startedBy;
  }

  public Kind kind() {
    return kind;
  }

  /**
   * Returns class, method and line that started the process, or the child that it descends from; or
   * empty.
   */
  @Override
  public String startedBy() {
    return startedBy;
  }

  /** Whether {@link #startedBy} tells of the child that this process descends from. */
  public boolean isBelowAChild() {
    return kind != Kind.CHILD && !startedBy.isEmpty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LedgerEntry
        && kind == ((LedgerEntry) other).kind
        && startedBy.equals(((LedgerEntry) other).startedBy);
  }

  @Override
  public int hashCode() {
    return startedBy.hashCode();
  }

  @Override
  public String toString() {
    if (startedBy.isEmpty()) {
      return kind.words;
    }
    return (isBelowAChild() ? kind.words + " of a child " : "") + "started by " + startedBy;
  }
}
