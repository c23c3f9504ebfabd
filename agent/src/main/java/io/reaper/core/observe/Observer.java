package io.reaper.core.observe;

/** Is told what becomes of a worker's processes, on the thread that finds out. */
public interface Observer {
  /** Hears nothing. */
  Observer NONE = new Observer() {};

  /**
   * The application has started a process; called on its own thread, inside that start.
   *
   * @param child says where it was started
   */
  default void childStarted(int pid, String[] command, Reason child) {}

  /**
   * The JDK has collected a child's status.
   *
   * @param child says where it was started
   * @param lifetimeMillis from its start until its end was seen
   */
  default void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {}

  /** An orphan has come to the worker. */
  default void orphanAdopted(int pid, String name) {}

  /**
   * An adopted orphan has ended and left no zombie.
   *
   * @param adoptedMillis how long it was the worker's
   */
  default void orphanReaped(int pid, String name, long adoptedMillis) {}

  /**
   * The agent has ended a process.
   *
   * @param signal the last one it was sent
   * @param reason why it was the worker's
   * @param tookMillis from the first signal until it was seen dead
   * @param ageMillis from its start until now
   */
  default void processKilled(
      int pid, String name, String signal, Reason reason, long tookMillis, long ageMillis) {}
}
