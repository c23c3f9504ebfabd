package io.reaper.core.end;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcessId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ends processes: the polite signal, CONT for those that are stopped, a wait as long as any is
 * alive and no longer than the grace, then SIGKILL until a look finds none.
 */
public final class Termination {
  /**
   * A process acts on SIGKILL within milliseconds, or not before it is thawed or its
   * uninterruptible wait is over, and that may be never.
   */
  private static final long PATIENCE_MILLIS = 1_000;

  /** The longest that killing goes on while others keep coming. */
  private static final long MOST_MILLIS = 10_000;

  private static final long LONGEST_NAP_MILLIS = 10;

  /** A process that forks and ends all the time is among the orphans in five looks of six. */
  private static final int QUIET_LOOKS = 20;

  /** Then the whole is looked at again, as others may come as fast as they are killed. */
  private static final int MOST_LOOKS = 1000;

  /** Those that are to die are looked at again after that long, whether all are dead or not. */
  private static final long ROUND_MILLIS = 100;

  private final Deaths deaths;
  private final Map<ProcessId, Target> refusing = new LinkedHashMap<>();
  private final Posix posix;
  private final World world;
  private final Signal signal;
  private final long graceMillis;

  /** Creates a termination with that signal first, or null; a grace of 0 is SIGKILL at once. */
  public Termination(
      Posix posix, World world, Signal signal, long graceMillis, Observation observation) {
    deaths = new Deaths(world, observation);
    this.posix = posix;
    this.world = world;
    this.signal = signal;
    this.graceMillis = graceMillis;
  }

  /**
   * What has been done: each process that was found is in one of these lists, but for those that
   * had ended before they could be sent a signal, and those that are kept by now.
   */
  public static final class Outcome {
    private final List<Target> ended;
    private final List<Target> left;
    private final List<Target> refusing;
    private final List<Target> hidden;

    public Outcome(
        List<Target> ended, List<Target> left, List<Target> refusing, List<Target> hidden) {
      this.ended = ended;
      this.left = left;
      this.refusing = refusing;
      this.hidden = hidden;
    }

    /** Returns the processes that were killed. */
    public List<Target> ended() {
      return ended;
    }

    /** Returns the processes that did not act on SIGKILL. */
    public List<Target> left() {
      return left;
    }

    /** Returns the processes that this user may not signal (kill(2), EPERM). */
    public List<Target> refusing() {
      return refusing;
    }

    /** Returns the processes that live and could not be looked at. */
    public List<Target> hidden() {
      return hidden;
    }

    /** Whether every process that was found is dead. */
    public boolean areAllDead() {
      return left.isEmpty() && refusing.isEmpty() && hidden.isEmpty();
    }

    /** Whether any process was found. */
    public boolean foundProcesses() {
      return !(ended.isEmpty() && left.isEmpty() && refusing.isEmpty() && hidden.isEmpty());
    }
  }

  /** Ends all targets, and what they start meanwhile, as far as looks at them succeed in time. */
  public Outcome end(Targets targets) {
    Map<ProcessId, Target> found = new LinkedHashMap<>();
    if (graceMillis > 0) {
      askToEnd(targets, found);
    }
    List<Target> left = kill(targets, found);
    List<Target> refused = new ArrayList<>();
    for (Target target : refusing.values()) {
      found.remove(target.id());
      // It may have ended by itself.
      if (world.mayBeAlive(target.id())) {
        refused.add(target);
      }
    }
    for (Target target : left) {
      found.remove(target.id());
    }
    List<Target> hidden = new ArrayList<>(targets.hidden());
    if (!targets.sawAll()) {
      for (Target target : found.values()) {
        if (world.mayBeAlive(target.id())) {
          hidden.add(target);
        }
      }
    }
    for (Target target : hidden) {
      found.remove(target.id());
    }
    for (Target target : targets.spared()) {
      if (found.containsKey(target.id()) && world.mayBeAlive(target.id())) {
        found.remove(target.id());
      }
    }
    List<Target> ended = new ArrayList<>();
    for (Target target : found.values()) {
      if (!deaths.endedByItself(target.id())) {
        ended.add(target);
      }
    }
    Outcome outcome = new Outcome(ended, left, refused, hidden);
    deaths.tell(outcome, targets);
    return outcome;
  }

  private void askToEnd(Targets targets, Map<ProcessId, Target> found) {
    long deadline = world.millis() + graceMillis;
    List<Target> asked = new ArrayList<>();
    do {
      asked.clear();
      for (Target target : look(targets, found)) {
        if (!target.isOnlyToBeKilled()) {
          asked.add(target);
          ask(target, found);
        }
      }
      waitFor(asked, deadline);
    } while ((!asked.isEmpty() || waitForALook(targets, deadline)) && world.millis() < deadline);
  }

  private void ask(Target target, Map<ProcessId, Target> found) {
    if (found.putIfAbsent(target.id(), target) == null && signal != null) {
      world.asks();
      send(target, signal);
      if (target.process().isStopped()) {
        send(target, Signal.CONT);
      }
    }
  }

  /** Returns the targets that are alive and that it is of any use to signal. */
  private List<Target> look(Targets targets, Map<ProcessId, Target> found) {
    List<Target> alive = new ArrayList<>();
    for (Target target : targets.find(found.keySet())) {
      if (!refusing.containsKey(target.id())) {
        alive.add(target);
        deaths.describe(target);
      }
    }
    return alive;
  }

  private List<Target> kill(Targets targets, Map<ProcessId, Target> found) {
    List<Target> alive = look(targets, found);
    // Even if that found none: a process that forks faster than a look lasts is seen by chance.
    if (targets.killInOneStroke()) {
      deaths.noteStroke(alive);
    }
    // On a busy machine, one look may last longer than that.
    long deadline = world.millis() + MOST_MILLIS;
    long patience = world.millis() + PATIENCE_MILLIS;
    while (!(alive.isEmpty() && hasNoNewOrphans(targets, found) && !waitForALook(targets, patience))
        && (alive.isEmpty() || mayStillDie(alive))
        && world.millis() < deadline) {
      for (Target target : alive) {
        found.putIfAbsent(target.id(), target);
        send(target, Signal.KILL);
      }
      waitFor(alive, Math.min(deadline, world.millis() + ROUND_MILLIS));
      alive = look(targets, found);
      patience = targets.sawAll() ? world.millis() + PATIENCE_MILLIS : patience;
    }
    return killUnkilled(alive, found);
  }

  /** Sends SIGKILL to each that was not sent it, whatever the clock says; returns what is left. */
  private List<Target> killUnkilled(List<Target> alive, Map<ProcessId, Target> found) {
    List<Target> unkilled = new ArrayList<>();
    for (Target target : alive) {
      if (!deaths.isKilled(target.id())) {
        found.putIfAbsent(target.id(), target);
        send(target, Signal.KILL);
        unkilled.add(target);
      }
    }
    waitFor(unkilled, world.millis() + PATIENCE_MILLIS);
    List<Target> left = new ArrayList<>();
    for (Target target : alive) {
      if (world.mayBeAlive(target.id()) && !refusing.containsKey(target.id())) {
        left.add(target);
      }
    }
    return left;
  }

  /**
   * Waits for another look if the last has not seen all; returns false if it has, or it is late.
   */
  private boolean waitForALook(Targets targets, long deadline) {
    if (targets.sawAll() || world.millis() >= deadline) {
      return false;
    }
    world.nap(ROUND_MILLIS);
    return true;
  }

  private boolean mayStillDie(Collection<Target> alive) {
    for (Target target : alive) {
      if (deaths.isWithin(PATIENCE_MILLIS, target.id())) {
        return true;
      }
    }
    return false;
  }

  /** Kills each new orphan as it is seen, until no more come; returns whether none came. */
  private boolean hasNoNewOrphans(Targets targets, Map<ProcessId, Target> found) {
    boolean none = true;
    for (int quiet = 0, looks = 0; quiet < QUIET_LOOKS && looks < MOST_LOOKS; looks++) {
      boolean isQuiet = true;
      for (Target target : targets.newOrphans()) {
        // One that may not be signalled is among the orphans at each look.
        if (!refusing.containsKey(target.id())) {
          isQuiet = false;
          found.putIfAbsent(target.id(), target);
          send(target, Signal.KILL);
        }
      }
      quiet = isQuiet ? quiet + 1 : 0;
      none &= isQuiet;
    }
    return none;
  }

  /**
   * Sends a signal after another look at the start time, as the look that found the target may be
   * many milliseconds old.
   */
  private void send(Target target, Signal what) {
    if (world.isAlive(target.id()) && !refusing.containsKey(target.id())) {
      int answer = posix.kill(target.id().pid(), what);
      if (answer == -Posix.ENOSYS && what != Signal.CONT && what != Signal.TERM) {
        // Without the C library there are TERM and KILL alone, and the grace is for a signal.
        send(target, Signal.TERM);
      } else if (answer == -Posix.EPERM) {
        // Another user's, a setuid program for one: the answer does not change by waiting.
        refusing.put(target.id(), target);
      } else if (answer >= 0 && what != Signal.CONT) {
        deaths.note(target, what);
      }
    }
  }

  private void waitFor(Collection<Target> targets, long deadline) {
    long nap = 1;
    for (Target target : targets) {
      while (!refusing.containsKey(target.id())
          && world.mayBeAlive(target.id())
          && world.millis() < deadline) {
        world.nap(nap);
        nap = Math.min(nap * 2, LONGEST_NAP_MILLIS);
      }
      deaths.noteLook(target.id());
    }
  }
}
