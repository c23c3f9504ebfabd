package io.reaper.it.scenario;

/**
 * The kinds of process that a worker can leave behind, as seen from the worker: is it a direct
 * child, is it in the worker's process group, how many are there of it.
 */
public enum Shape {
  DIRECT(true, true),
  RUNTIME_EXEC(true, true),
  PIPELINE(true, true, 3),
  PARENT(true, true),
  GRANDCHILD(false, true),
  SETSID_CHILD(true, false),
  SETSID_GRANDCHILD(false, false),
  /** Its parent has ended; still in the group. */
  ORPHAN(false, true),
  /** Orphaned, in a session of its own but not its leader. */
  DAEMON(false, false),
  CLEARED_DAEMON(false, false),
  OWN_GROUP(false, false),
  /** Ignores SIGTERM. */
  DEAF(true, true),
  DEAF_ORPHAN(false, true),
  STOPPED(true, true),
  /** As many as the worker is told to start. */
  WIDE(true, true, 0),
  DEEP_TOP(true, true),
  DEEP(false, true, 39),
  /** Forks and exits all the time: no generation lives for long. */
  FORKER(false, true, 0),
  KEPT_BY_NAME(true, true),
  KEPT_BY_NAME_GRANDCHILD(false, true),
  KEPT_BY_ENVIRONMENT(true, true),
  /** With a cleared environment of its own. */
  KEPT_DESCENDANT(false, true);

  private final boolean direct;
  private final boolean inGroup;
  private final int count;

  Shape(boolean direct, boolean inGroup) {
    this(direct, inGroup, 1);
  }

  Shape(boolean direct, boolean inGroup, int count) {
    this.direct = direct;
    this.inGroup = inGroup;
    this.count = count;
  }

  public boolean isDirect() {
    return direct;
  }

  public boolean isInGroup() {
    return inGroup;
  }

  /**
   * How many processes report themselves under this name; 0 for the forker, which is to be found,
   * and where that is not the same in each worker.
   */
  public int count() {
    return count;
  }
}
