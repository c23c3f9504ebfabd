package io.reaper.it.crash;

import io.reaper.it.harness.Proc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the processes of one round have on their command lines and nobody else has: a time to sleep.
 * Closing it kills those that are left.
 */
record Mark(String stays, String leaves) implements AutoCloseable {

  static Mark create() {
    int unique = ThreadLocalRandom.current().nextInt(100_000_000, 1_000_000_000);
    return new Mark("1000." + unique, "2000." + unique);
  }

  List<Proc> alive() {
    return Proc.all()
        .filter(proc -> proc.commandLine().contains(stays) || proc.commandLine().contains(leaves))
        .filter(Proc::isAlive)
        .toList();
  }

  /** Who is alive in spite of all; returns as soon as nobody is. */
  List<Proc> stillAliveAfter(Duration latency) {
    long deadline = System.nanoTime() + latency.toNanos();
    List<Proc> alive = alive();
    while (!alive.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      alive = alive();
    }
    return alive;
  }

  @Override
  public void close() {
    // Some may be in the middle of a fork.
    for (List<Proc> left = alive(); !left.isEmpty(); left = alive()) {
      Proc.signal("KILL", left);
    }
  }
}
