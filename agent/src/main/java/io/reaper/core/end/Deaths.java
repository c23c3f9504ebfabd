package io.reaper.core.end;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcessId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keeps what each process was sent, and when, and tells the observers. */
final class Deaths {
  /** When a process was sent its first signal, which one its last was, and when it last lived. */
  private static final class Death {
    private final long firstMillis;
    private Signal last;
    private long killedMillis = Long.MAX_VALUE;
    private long seenMillis;

    Death(long now) {
      firstMillis = now;
      seenMillis = now;
    }
  }

  private final World world;
  private final Observation observation;
  private final Map<ProcessId, Death> deaths = new HashMap<>();
  private final Set<ProcessId> described = new HashSet<>();
  private final Set<ProcessId> struck = new HashSet<>();

  Deaths(World world, Observation observation) {
    this.world = world;
    this.observation = observation;
  }

  /** Notes that a process was sent a signal. */
  void note(Target target, Signal what) {
    Death death = deaths.get(target.id());
    if (death == null) {
      death = new Death(world.millis());
      deaths.put(target.id(), death);
    }
    death.last = what;
    if (what == Signal.KILL) {
      death.killedMillis = Math.min(death.killedMillis, world.millis());
    }
  }

  /** Notes that these were alive when the kernel killed a cgroup in one stroke. */
  void noteStroke(Collection<Target> alive) {
    for (Target target : alive) {
      struck.add(target.id());
    }
  }

  /** Whether the process was sent nothing, as it had ended before it could be. */
  boolean endedByItself(ProcessId id) {
    return !deaths.containsKey(id) && !struck.contains(id);
  }

  /** Notes the time of a look at a process, dead or still alive. */
  void noteLook(ProcessId id) {
    Death death = deaths.get(id);
    if (death != null) {
      death.seenMillis = world.millis();
    }
  }

  /** Whether SIGKILL was the last signal that the process was sent. */
  boolean isKilled(ProcessId id) {
    Death death = deaths.get(id);
    return death != null && death.last == Signal.KILL;
  }

  /** Whether the process was sent SIGKILL no longer ago than that, or not at all. */
  boolean isWithin(long patienceMillis, ProcessId id) {
    Death death = deaths.get(id);
    return death == null || world.millis() - death.killedMillis < patienceMillis;
  }

  /** Looks at what will be told of a process, while it lives. */
  void describe(Target target) {
    if ((described.size() < Report.NAMED || observation.wantsDetails())
        && described.add(target.id())) {
      target.see(world);
    }
  }

  /** Tells of each process in the outcome, and of those that were kept. */
  void tell(Termination.Outcome outcome, Targets targets) {
    tellOf(outcome.ended());
    tellOfThoseLeft(outcome.left(), Report.UNKILLED);
    tellOfThoseLeft(outcome.refusing(), Report.REFUSED);
    tellOfThoseLeft(outcome.hidden(), Report.HIDDEN);
    for (Target kept : observation.wantsDetails() ? targets.spared() : List.<Target>of()) {
      kept.see(world);
      observation.processLeft(endOf(kept, world.upMillis()), "kept: " + kept.reason());
    }
  }

  private void tellOf(Collection<Target> ended) {
    long now = ended.isEmpty() ? 0 : world.upMillis();
    for (Target target : ended) {
      observation.processKilled(endOf(target, now));
    }
  }

  private void tellOfThoseLeft(Collection<Target> left, String why) {
    for (Target target : left) {
      observation.processLeft(endOf(target, world.upMillis()), why);
    }
  }

  private ProcessEnd endOf(Target target, long now) {
    Death death = deaths.get(target.id());
    boolean isLeft = death == null && world.isAlive(target.id());
    // A process that has no death of its own went in one stroke with a cgroup.
    Signal last = death == null ? Signal.KILL : death.last;
    return new ProcessEnd(
        target.id().pid(),
        target.process().parent(),
        target.process().name(),
        target.command(),
        target.memoryBytes(),
        Math.max(0, now - target.id().startMillis()),
        target.reason(),
        isLeft ? "" : last.name(),
        death == null ? 0 : death.seenMillis - death.firstMillis);
  }
}
