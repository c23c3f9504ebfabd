package io.reaper.it.ray;

import io.reaper.it.harness.Proc;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Sees when each of some processes has died. */
final class Watch {

  private final Map<Proc, Long> deaths = new HashMap<>();

  /** Looks once. Answers whether all of them are dead. */
  boolean look(Collection<Proc> procs) {
    boolean allDead = true;
    for (Proc proc : procs) {
      if (!deaths.containsKey(proc)) {
        if (proc.isAlive()) {
          allDead = false;
        } else {
          deaths.put(proc, System.nanoTime());
        }
      }
    }
    return allDead;
  }

  /** From then to its death; nothing if it is alive. */
  Optional<Duration> since(long nanos, Proc proc) {
    return Optional.ofNullable(deaths.get(proc)).map(death -> Duration.ofNanos(death - nanos));
  }
}
