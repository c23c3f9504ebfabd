package io.reaper.it.scenario;

import java.io.IOException;
import java.util.ResourceBundle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * A worker whose logging framework has one lock, and holds it while it starts a process, as one
 * that asks a program for the name of the host. Its first start is under way meanwhile, and JDK 22
 * and later look for a logger in each (ProcessBuilder.start).
 */
public final class Logging extends System.LoggerFinder {
  private static final Object LOCK = new Object();

  private static void tryToStart(String program) {
    try {
      new ProcessBuilder(program).start();
    } catch (IOException refused) {
      System.out.println("refused");
    }
  }

  private static void start() {
    try {
      new ProcessBuilder("true").start().waitFor();
    } catch (Exception refused) {
      throw new IllegalStateException(refused);
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length > 1) {
      tryToStart(args[1]);
      return;
    }
    Thread main = Thread.currentThread();
    CountDownLatch held = new CountDownLatch(1);
    Thread framework =
        new Thread(
            () -> {
              synchronized (LOCK) {
                held.countDown();
                while (main.getState() != Thread.State.BLOCKED) {
                  LockSupport.parkNanos(1_000_000);
                }
                start();
              }
            });
    framework.setDaemon(true);
    framework.start();
    held.await();
    start();
    framework.join();
    System.out.println("done");
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    System.out.println("asked");
    synchronized (LOCK) {
      return new System.Logger() {
        @Override
        public String getName() {
          return name;
        }

        @Override
        public boolean isLoggable(Level level) {
          return false;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String text, Throwable thrown) {}

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {}
      };
    }
  }
}
