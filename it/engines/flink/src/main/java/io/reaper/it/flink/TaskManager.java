package io.reaper.it.flink;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** A TaskManager's process, and those that the tasks in it have started. */
record TaskManager(String id, Worker worker) {

  private static final long PATIENCE_NANOS = 20_000_000_000L;

  /** What the tasks of both its slots start; see Helpers and PipeThrough. */
  private static final Map<String, Long> ALL =
      Map.of("CHILD", 2L, "GRANDCHILD", 2L, "PIPE", 2L, "SETSID_GRANDCHILD", 2L, "SHELL", 4L);

  /** Whether all is there that the tasks in its slots start once. */
  boolean isAtWork() {
    return living().equals(ALL);
  }

  List<Proc> processes() {
    return worker.reported().values().stream().flatMap(List::stream).toList();
  }

  /** How many of each name are alive. */
  Map<String, Long> living() {
    Map<String, Long> living = new TreeMap<>();
    worker
        .reported()
        .forEach(
            (name, procs) -> {
              long alive = procs.stream().filter(Proc::isAlive).count();
              if (alive > 0) {
                living.put(name, alive);
              }
            });
    return living;
  }

  /** Kills it alone; gives the milliseconds until the last of these processes is gone. */
  double killUntilGone(List<Proc> processes) {
    long start = System.nanoTime();
    worker.launched().kill();
    for (Proc process : processes) {
      while (process.isAlive()) {
        if (System.nanoTime() - start > PATIENCE_NANOS) {
          throw new AssertionError("still alive: " + living() + "\n" + worker.stderr());
        }
        LockSupport.parkNanos(200_000);
      }
    }
    return (System.nanoTime() - start) / 1e6;
  }
}
