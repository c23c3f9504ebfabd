package io.reaper.core.ondemand.report;

import io.reaper.core.observe.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A reason as a recording or a kill log tells it. */
final class Told implements Reason {
  private final String words;
  private final String startedBy;
  private final int child;

  Told(String words, String startedBy, long child) {
    this.words = words;
    this.startedBy = startedBy;
    this.child = (int) child;
  }

  @Override
  public String startedBy() {
    return startedBy;
  }

  @Override
  public int child() {
    return child;
  }

  @Override
  public String toString() {
    return words;
  }

  /** Returns the words for an orderly end. */
  static String inOrder(long atMillis) {
    return "ended in order at " + time(atMillis);
  }

  /** Returns a moment in words. */
  static String time(long atMillis) {
    return Instant.ofEpochMilli(atMillis).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
