package io.reaper.core.observe;

/** Says why a process is the worker's, or why it may outlive the worker; printed, in words. */
public interface Reason {
  /**
   * Returns where in the application the process was started: class, method and line; empty if it
   * was not the application that started it, or the start was not recorded.
   */
  default String startedBy() {
    return "";
  }

  /**
   * Returns the pid of the recorded child that the process is, or descends from; 0 if that is not
   * known.
   */
  default int child() {
    return 0;
  }

  /** Returns a reason that is nothing but these words. */
  static Reason of(String words) {
    return new Reason() {
      @Override
      public String toString() {
        return words;
      }
    };
  }
}
