package io.reaper.it.crash;

import static io.reaper.it.support.Until.becomes;

import io.reaper.it.harness.Proc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * What the processes of one round have on their command lines and no other has: a time to sleep.
 * Closing it kills those that are left.
 */
record TaggedSleeps(String stays, String leaves) implements AutoCloseable {

  static TaggedSleeps create() {
    int unique = ThreadLocalRandom.current().nextInt(100_000_000, 1_000_000_000);
    return new TaggedSleeps("1000." + unique, "2000." + unique);
  }

  List<Proc> alive() {
    return Stream.of(stays, leaves).flatMap(Proc::withCommand).filter(Proc::isAlive).toList();
  }

  /** Returns which are alive in spite of all, as soon as none is. */
  List<Proc> stillAliveAfter(Duration latency) {
    return becomes(latency, () -> alive().isEmpty()) ? List.of() : alive();
  }

  @Override
  public void close() {
    // Some may be in the middle of a fork.
    for (List<Proc> left = alive(); !left.isEmpty(); left = alive()) {
      Proc.signal("KILL", left);
    }
  }
}
