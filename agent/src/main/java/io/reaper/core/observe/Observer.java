package io.reaper.core.observe;

/** Is told what becomes of a worker's processes, on the thread that finds out. */
public interface Observer {
  /** The observer that ignores everything. */
  Observer NONE = new Observer() {};

  /**
   * Is told that the application has started a process; called on its own thread, inside that
   * start.
   *
   * @param child tells where it was started
   */
  default void childStarted(int pid, String[] command, Reason child) {}

  /**
   * Is told that the JDK has collected a child's status.
   *
   * @param child tells where it was started
   * @param lifetimeMillis from its start until its end was seen
   */
  default void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {}

  /**
   * Is told that an orphan has come to the worker.
   *
   * @param command the words that it was started with; empty if no observer wants them
   * @param ancestor tells which child it descends from, as far as that is known
   */
  default void orphanAdopted(int pid, String name, String command, Reason ancestor) {}

  /**
   * Is told that an adopted orphan has ended and left no zombie.
   *
   * @param adoptedMillis how long it was the worker's
   */
  default void orphanReaped(
      int pid, String name, String command, Reason ancestor, long adoptedMillis) {}

  /** Is told that the agent has killed a process. */
  default void processKilled(ProcessEnd process) {}

  /** Is told that a process that was the worker's lives on, for that reason. */
  default void processLeft(ProcessEnd process, String why) {}
}
