package io.reaper.core.jvm;

import io.reaper.core.observe.Log;

/**
 * Runs the agent's work on daemon threads in the root group, where the application's own group does
 * not count them. Nothing that is thrown in one reaches the application's handler of uncaught
 * exceptions.
 */
public final class AgentThread implements Runnable {
  private final String name;
  private final Runnable work;
  private final Log log;

  private AgentThread(String name, Runnable work, Log log) {
    this.name = name;
    this.work = work;
    this.log = log;
  }

  /** Starts a thread of that name for that work. */
  public static Thread start(String name, Runnable work, Log log) {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread thread = new Thread(root, new AgentThread(name, work, log), name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
    return thread;
  }

  @Override
  public void run() {
    try {
      work.run();
    } catch (Throwable unexpected) {
      log.error("the thread " + name + " has ended: " + unexpected);
    }
  }
}
