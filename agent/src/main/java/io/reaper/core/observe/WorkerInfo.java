package io.reaper.core.observe;

import java.util.function.Supplier;

/** Holds what is known of a worker, as recordings, kill log and page tell it. */
public final class WorkerInfo implements Supplier<WorkerInfo> {
  private final int pid;
  private final long start;
  private final String host;
  private final String main;
  private final String jdk;
  private final String agent;
  private final String modes;

  /**
   * Creates it; what is not known is 0 or empty.
   *
   * @param start in clock ticks after boot, as a pid alone is used again
   * @param main what the worker was started with
   * @param agent the version of the agent
   * @param modes the keys of those that are on, with + between them
   */
  public WorkerInfo(
      int pid, long start, String host, String main, String jdk, String agent, String modes) {
    this.pid = pid;
    this.start = start;
    this.host = host;
    this.main = main;
    this.jdk = jdk;
    this.agent = agent;
    this.modes = modes;
  }

  /** Returns itself: of a worker that is dead, nothing more comes to be known. */
  @Override
  public WorkerInfo get() {
    return this;
  }

  public int pid() {
    return pid;
  }

  public long start() {
    return start;
  }

  public String host() {
    return host;
  }

  public String main() {
    return main;
  }

  public String jdk() {
    return jdk;
  }

  public String agent() {
    return agent;
  }

  public String modes() {
    return modes;
  }
}
