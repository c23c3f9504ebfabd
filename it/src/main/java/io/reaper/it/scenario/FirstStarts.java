package io.reaper.it.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;

/** Workers whose first starts are on many threads at once. */
public final class FirstStarts {
  private FirstStarts() {}

  /** Starts a program that ends at once, and waits for it. */
  static void start() {
    try {
      new ProcessBuilder("true").start().waitFor();
    } catch (Exception refused) {
      throw new IllegalStateException(refused);
    }
  }

  /** Virtual threads, which JDK 11 does not know. */
  private static ThreadFactory virtual() throws ReflectiveOperationException {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    return (ThreadFactory)
        Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
  }

  private static void pinned() throws Exception {
    ThreadFactory threads = virtual();
    CountDownLatch ended = new CountDownLatch(3);
    long begun = System.nanoTime();
    for (int each = 0; each < 3; each++) {
      Object own = new Object();
      boolean pins = each > 0;
      threads
          .newThread(
              () -> {
                if (pins) {
                  synchronized (own) {
                    start();
                  }
                } else {
                  start();
                }
                ended.countDown();
              })
          .start();
    }
    ended.await();
    print(begun);
  }

  private static void many(int count) throws Exception {
    List<Thread> threads = new ArrayList<>();
    long begun = System.nanoTime();
    for (int each = 0; each < count; each++) {
      Thread thread = new Thread(FirstStarts::start);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    print(begun);
  }

  private static void print(long begun) {
    System.out.println((System.nanoTime() - begun) / 1_000_000);
  }

  public static void main(String[] args) throws Exception {
    if (args[1].equals("pinned")) {
      pinned();
    } else {
      many(Integer.parseInt(args[1]));
    }
  }
}
