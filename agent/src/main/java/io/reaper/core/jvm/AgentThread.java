package io.reaper.core.jvm;

import io.reaper.core.observe.Log;
import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * Runs the agent's work on daemon threads in the root group, where the application's own group does
 * not count them. Nothing that is thrown in one reaches the application's handler of uncaught
 * exceptions.
 */
public final class AgentThread implements Runnable {
  /** JDK 11 has no Thread.isVirtual. */
  private static final String VIRTUAL = "java.lang.VirtualThread";

  private final String name;
  private final Runnable work;
  private final Log log;

  private AgentThread(String name, Runnable work, Log log) {
    this.name = name;
    this.work = work;
    this.log = log;
  }

  /** Whether the calling thread, which is none of these, is a virtual one. */
  public static boolean isCallerVirtual() {
    return Thread.currentThread().getClass().getName().equals(VIRTUAL);
  }

  /** Starts a thread of that name for that work; returns it, or null where none is available. */
  @SuppressWarnings("removal")
  public static Thread start(String name, Runnable work, Log log) {
    // Before JDK 24 a thread keeps the classes that are on the stack where it is made, for the
    // permissions that they have: an application that starts the first process could never be
    // unloaded (java.security.AccessController, "inherited").
    Thread thread = AccessController.doPrivileged(new Making(new AgentThread(name, work, log)));
    try {
      thread.start();
    } catch (OutOfMemoryError none) {
      // Of threads or process slots, too (Thread.start).
      log.debug("cannot start the thread " + name + ": " + none.getMessage());
      return null;
    }
    return thread;
  }

  /** Waits for the end of a thread, but no longer; an interrupt is the caller's to see. */
  public static void await(Thread thread, long millis) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + millis * 1_000_000;
    for (long left = millis; left > 0 && thread.isAlive(); ) {
      try {
        thread.join(left);
      } catch (InterruptedException later) {
        interrupted = true;
      }
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Makes the thread. */
  private static final class Making implements PrivilegedAction<Thread> {
    private final AgentThread work;

    Making(AgentThread work) {
      this.work = work;
    }

    @Override
    public Thread run() {
      ThreadGroup root = Thread.currentThread().getThreadGroup();
      while (root.getParent() != null) {
        root = root.getParent();
      }
      Thread thread = new Thread(root, work, work.name, 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      return thread;
    }
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
