package io.reaper.it.spark;

import io.reaper.it.harness.Proc;
import java.util.List;

/** An executor's JVM and the processes that its tasks have started, dead ones among them. */
public record Executor(Proc jvm, List<Proc> processes) {

  /** Those of its processes that are alive. */
  public List<Proc> living() {
    return processes.stream().filter(Proc::isAlive).toList();
  }
}
