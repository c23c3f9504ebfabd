package io.reaper.it.spark;

import io.reaper.it.harness.Proc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** An executor's JVM and the processes that its tasks have started, dead ones among them. */
public record Executor(Proc jvm, List<Proc> processes) {

  /** Those of its processes that are alive. */
  public List<Proc> living() {
    return processes.stream().filter(Proc::isAlive).toList();
  }

  /** Kills it with SIGKILL; says when the last was gone, or gives up after a while. */
  public Duration kill(Duration patience) {
    List<Proc> left = living();
    long start = System.nanoTime();
    jvm.kill();
    // One after the other: what is gone once does not come back.
    for (Proc proc : left) {
      while (proc.isAlive() && System.nanoTime() - start < patience.toNanos()) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
