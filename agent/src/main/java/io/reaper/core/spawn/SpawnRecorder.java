package io.reaper.core.spawn;

import io.reaper.core.family.Child;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Hands every process that the application starts over to the family. It runs on the application's
 * thread, in the middle of its start, and so is short, and silent whatever happens.
 */
public final class SpawnRecorder implements BiConsumer<Object, Object> {
  /** Does what there is to do about a start, before the fork and after it. */
  public interface Gate {
    /**
     * Whether the start is the JVM's own, made after the worker's end by the thread that ends it.
     */
    boolean isTheJvms();

    /** Returns when the fork may happen. */
    void beforeStart();

    /** Is told that there is a child, which may have forked already. */
    void hasStarted(int pid);

    /** Is told that the child is in the family, or that there is none. */
    void afterStart();
  }

  /** The command of a start on a JDK that makes no copy of it. */
  private static final String[] UNTOLD = {};

  private final Family family;
  private final ProcFs proc;
  private final Gate gate;
  private final OwnProcesses ownProcesses;
  private final Housekeeper housekeeper;
  private final Observation observation;
  private final Log log;
  private final StartTimes startTimes;
  private final ThreadLocal<UnderWay> underWay = new ThreadLocal<>();

  private volatile Set<String> launchers = Set.of();
  private volatile boolean silent;
  private volatile boolean probed;
  private volatile boolean told;

  /** Holds a start that has begun, and the one in the middle of which it was made, if any. */
  private static final class UnderWay {
    private final UnderWay outer;

    /** Whether the application has marked the process as one that may outlive the worker. */
    private final boolean marked;

    /**
     * The command as the JDK has copied it, because the application's list may return something
     * else a second time, or throw.
     */
    private String[] command = UNTOLD;

    UnderWay(UnderWay outer, boolean marked) {
      this.outer = outer;
      this.marked = marked;
    }

    /**
     * Whether the start is still on the stack: the JDK calls the application in the middle of a
     * start (the list of the command, the directory, a redirect's file), which may start another
     * there. A start that is not on it has ended unnoticed.
     */
    boolean isOnStack() {
      int depth = 1;
      for (UnderWay each = this; each != null; each = each.outer) {
        depth++;
      }
      // JDK 25 returns descriptors only to a walker with this option.
      return depth
          <= StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
              .walk(frames -> frames.filter(UnderWay::isSeam).count());
    }

    private static boolean isSeam(StackWalker.StackFrame frame) {
      return frame.getClassName().equals("java.lang.ProcessBuilder")
          && frame.getMethodName().equals(Weaver.METHOD)
          && frame.getDescriptor().equals(Weaver.TYPE);
    }
  }

  /** Creates a recorder that records into that family, and wakes the housekeeper for each start. */
  public SpawnRecorder(
      Family family,
      ProcFs proc,
      Gate gate,
      OwnProcesses ownProcesses,
      Housekeeper housekeeper,
      Observation observation,
      Log log) {
    this.family = family;
    this.proc = proc;
    this.gate = gate;
    this.ownProcesses = ownProcesses;
    this.housekeeper = housekeeper;
    this.observation = observation;
    this.log = log;
    this.startTimes = new StartTimes(log);
  }

  /**
   * Counts these classes and packages as launchers, too, when it is asked what started a process.
   */
  public void alsoLaunchers(Set<String> launchers) {
    this.launchers = launchers;
  }

  /**
   * Records one step of a start. Whatever goes wrong in here, the application's start goes on;
   * woven code expects no less.
   */
  @Override
  public void accept(Object told, Object what) {
    try {
      if (ownProcesses.isStarting()) {
        probed = true;
      } else if (gate.isTheJvms() || silent && underWay.get() == null) {
        return;
      } else if (told instanceof String[]) {
        commandIs((String[]) told);
      } else if (told != null) {
        try {
          started((Process) told);
        } finally {
          afterStart();
        }
      } else if (what == null || what instanceof Map) {
        beforeStart((Map<?, ?>) what);
      } else {
        afterStart();
      }
    } catch (Throwable unexpected) {
      tellOnce(unexpected);
    }
  }

  /**
   * Reads the mark before the fork: only then is the environment for certain the one that the child
   * is given.
   */
  private void beforeStart(Map<?, ?> environment) {
    UnderWay outer = underWay.get();
    while (outer != null && !outer.isOnStack()) {
      outer = outer.outer;
    }
    underWay.set(new UnderWay(outer, environment != null && family.kept().isMarked(environment)));
    if (outer == null) {
      gate.beforeStart();
    }
  }

  private void commandIs(String[] words) {
    UnderWay start = underWay.get();
    if (start != null) {
      start.command = words;
    }
  }

  private void afterStart() {
    UnderWay start = underWay.get();
    if (start != null && start.outer != null) {
      // For all other parts the two are one start, which is over with the outer one.
      underWay.set(start.outer);
    } else {
      underWay.remove();
      gate.afterStart();
    }
  }

  private void tellOnce(Throwable unexpected) {
    if (!told) {
      told = true;
      log.error("could not record a start, whose process may outlive the worker: " + unexpected);
    }
  }

  private void started(Process process) throws IllegalAccessException {
    int pid = (int) process.pid();
    gate.hasStarted(pid);
    ProcessId told = startTimes.of(process, pid);
    ProcessInfo info = told == null ? proc.read(pid) : null;
    boolean lives = process.isAlive();
    // Alive after the look: it was not reaped by then, so the look was at this very process. A
    // child that cannot be looked at (a setuid program under hidepid, proc(5)) is still waited for.
    if (told == null && info != null && lives) {
      told = info.id();
      startTimes.learn(process, told);
    }
    UnderWay start = underWay.get();
    Child child =
        new Child(
            told == null ? new ProcessId(pid, ProcessId.UNKNOWN_START) : told,
            process,
            start == null ? UNTOLD : start.command,
            System.currentTimeMillis(),
            Thread.currentThread().getName(),
            new Origin(launchers));
    tellOfTheStart(child);
    if (lives) {
      if (start != null && start.marked) {
        // First, because in between the ledger would say that it is to be killed.
        family.kept().keepByMark(child.id());
      }
      family.add(child);
      housekeeper.wake();
    } else {
      housekeeper.tellOfTheEnd(child);
    }
    if (log.debugs()) {
      log.debug(
          "started "
              + pid
              + " \""
              + String.join(" ", child.command())
              + "\" by "
              + child.startedBy()
              + " in thread "
              + child.thread());
    }
  }

  /** Tells the observers before any thread can see its end; what one throws loses no child. */
  private void tellOfTheStart(Child child) {
    try {
      observation.childStarted(child.id().pid(), child.command(), child);
    } catch (RuntimeException | Error unexpected) {
      log.debug("could not observe a start: " + unexpected);
    }
  }

  /** Records no starts from now on, or records them again; one that is under way is finished. */
  public void setSilent(boolean whether) {
    silent = whether;
  }

  /** Whether it lets starts go by. */
  public boolean isSilent() {
    return silent;
  }

  /** Makes each start shorter from now on; it is not worth it for the first ones. */
  public void warmUp() {
    startTimes.open();
  }

  /** Tries the seam; returns whether it calls the agent, and warns if not. */
  public boolean check() {
    try {
      // An empty command goes all the way to start(Redirect[]) and throws there.
      ownProcesses.startUnrecorded(new ProcessBuilder(List.of()));
    } catch (RuntimeException | IOException expected) {
      // An IndexOutOfBoundsException, as ProcessBuilder.start() documents.
    }
    if (!probed) {
      log.warn(
          "ProcessBuilder was woven, but does not call the agent (another agent may have replaced"
              + " it); children are not recorded");
    }
    return probed;
  }
}
