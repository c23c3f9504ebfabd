package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.IOException;

/** What children leave behind in the worker when they come and go one after the other. */
final class Memory {

  private static final int WARM_UP = 2_000;

  /** Bytes for each child; the smallest object takes 16, and a JVM's own heap moves a little. */
  private static final double HEAP_BOUND = 8;

  /** The JDK's own threads for dead children stay for a minute. */
  private static final double THREADS_BOUND = 2;

  private final Jdk jdk;
  private final int children;

  Memory(Jdk jdk, int children) {
    this.jdk = jdk;
    this.children = children;
  }

  void run(Report report) throws IOException {
    try (Subject subject = Subject.start(jdk, Subject.EVERY_MODE, null)) {
      subject.ask("spawn " + WARM_UP);
      String[] before = subject.ask("usage");
      subject.ask("spawn " + children);
      String[] after = subject.ask("usage");
      report.head("Memory: %,d children one after the other, every mode on".formatted(children));
      report.plain("heap in use before", Report.figure(kilobytes(before), "kB"));
      report.plain("heap in use after", Report.figure(kilobytes(after), "kB"));
      double growth = (double) growth(before, after, 0) / children;
      report.atMost("heap in use, growth for each child", growth, HEAP_BOUND, "B");
      report.atMost("threads, growth", growth(before, after, 1), THREADS_BOUND, "");
      report.atMost("file descriptors, growth", growth(before, after, 2), 0, "");
    }
  }

  private static double kilobytes(String[] usage) {
    return Double.parseDouble(usage[0]) / 1024;
  }

  private static long growth(String[] before, String[] after, int index) {
    return Long.parseLong(after[index]) - Long.parseLong(before[index]);
  }
}
