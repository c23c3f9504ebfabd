package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ResourceBundle;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * A worker whose logging framework has one lock, and holds it while it starts a process, as one
 * that asks a program for the name of the host. Its first start is under way meanwhile, and JDK 22
 * and later look for a logger in each (ProcessBuilder.start).
 */
public final class Logging extends System.LoggerFinder {
  /** Has the logging framework never come back. */
  public static final String HANGING = "hanging";

  public static final String CHILD = "CHILD";

  private static final Object LOCK = new Object();
  private static boolean hangs;

  private static void tryToStart(String program) {
    try {
      new ProcessBuilder(program).start();
    } catch (IOException refused) {
      System.out.println("refused");
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length > 1 && args[1].equals(HANGING)) {
      hangs = true;
      String leaf = Worker.leaf(Path.of(args[0]).getParent()).toString();
      new ProcessBuilder("sh", leaf, CHILD).start();
    } else if (args.length > 1) {
      tryToStart(args[1]);
    } else {
      startBesideTheFramework();
    }
  }

  private static void startBesideTheFramework() throws InterruptedException {
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
                FirstStarts.start();
              }
            });
    framework.setDaemon(true);
    framework.start();
    held.await();
    FirstStarts.start();
    framework.join();
    System.out.println("done");
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    System.out.println("asked");
    while (hangs) {
      LockSupport.park();
    }
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
