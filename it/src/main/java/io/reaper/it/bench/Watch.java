package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.IOException;

/** What it costs a worker that the agent looks at its many children time and again. */
final class Watch {
  private static final int CHILDREN = 1_000;
  private static final int SECONDS = 20;

  /** What the worker may take, in hundredths of a core. */
  private static final double CORE_BOUND = 2;

  private static final double HEAP_BOUND = 20;

  private final Jdk jdk;

  Watch(Jdk jdk) {
    this.jdk = jdk;
  }

  void run(Report report) throws IOException, InterruptedException {
    report.head("Watch: %,d children that sleep, over %d s".formatted(CHILDREN, SECONDS));
    double[] plain = measure(null);
    report.plain("no agent: CPU", Report.figure(plain[0], "%"));
    report.plain("no agent: heap, most", Report.figure(plain[1], "MB"));
    double[] watched = measure("subreaper=true,log=off");
    report.atMost("subreaper: CPU", watched[0], CORE_BOUND, "%");
    report.atMost("subreaper: heap, most", watched[1], HEAP_BOUND, "MB");
  }

  /** Returns the hundredths of a core that all processes took, and the most megabytes of heap. */
  private double[] measure(String agent) throws IOException, InterruptedException {
    try (Cgroup cgroup = Cgroup.create();
        Subject worker = Subject.start(jdk, agent, cgroup)) {
      worker.ask("wide " + CHILDREN);
      // The heap after the start is the start's.
      worker.ask("usage");
      worker.ask("peak");
      long before = cgroup.cpuNanos();
      long begun = System.nanoTime();
      Thread.sleep(SECONDS * 1_000L);
      double part = 100.0 * (cgroup.cpuNanos() - before) / (System.nanoTime() - begun);
      double heap = Double.parseDouble(worker.ask("peak")[0]) / (1 << 20);
      // Without an agent they outlive it.
      cgroup.kill();
      return new double[] {part, heap};
    }
  }
}
