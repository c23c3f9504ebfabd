package io.reaper.core.spawn;

import io.reaper.core.family.Child;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.FailedStart;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
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

  private final Family family;
  private final ProcFs proc;
  private final Gate gate;
  private final OwnProcesses ownProcesses;
  private final Housekeeper housekeeper;
  private final Observation observation;
  private final Log log;

  private volatile Set<String> launchers = Set.of();
  private volatile boolean silent;
  private volatile boolean probed;
  private volatile boolean told;

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
      } else if (gate.isTheJvms() || silent && StartStack.top() == null) {
        return;
      } else if (told instanceof String[]) {
        commandIs((String[]) told);
      } else if (told != null) {
        try {
          if (told instanceof Process) {
            started((Process) told);
          } else if (told instanceof OutOfMemoryError) {
            failed();
          }
        } finally {
          afterStart();
        }
      } else {
        beforeStart((Map<?, ?>) what);
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
    if (StartStack.begin(environment != null && family.kept().isMarked(environment))) {
      gate.beforeStart();
    }
  }

  private static void commandIs(String[] words) {
    StartStack start = StartStack.top();
    if (start != null) {
      start.commandIs(words);
    }
  }

  private void afterStart() {
    // For all other parts a start and one in the middle of it are one, over with the outer one.
    if (StartStack.end()) {
      gate.afterStart();
    }
  }

  private void tellOnce(Throwable unexpected) {
    if (!told) {
      told = true;
      log.error("could not record a start, whose process may outlive the worker: " + unexpected);
    }
  }

  /** Records the process of a start that had memory for the fork, and not for what follows. */
  private void failed() {
    StartStack start = StartStack.top();
    ProcessInfo process = start == null ? null : FailedStart.process(proc, start.ageMillis());
    if (process != null && start.isMarked()) {
      family.kept().keepByMark(process.id());
    }
    if (process != null && family.takeUp(process, proc)) {
      housekeeper.wake();
      log.warn(
          "the start of process "
              + process.id().pid()
              + " has failed when it ran already; it ends with this worker");
    }
  }

  private void started(Process process) {
    int pid = (int) process.pid();
    gate.hasStarted(pid);
    ProcessInfo info = proc.read(pid);
    // Alive after the look: it was not reaped by then, so the look was at this very process. A
    // child that cannot be looked at (a setuid program under hidepid, proc(5)) is still waited for.
    boolean lives = process.isAlive();
    StartStack start = StartStack.top();
    Child child =
        new Child(
            info == null || !lives ? new ProcessId(pid, ProcessId.UNKNOWN_START) : info.id(),
            process,
            start == null ? StartStack.UNTOLD : start.command(),
            System.currentTimeMillis(),
            Thread.currentThread().getName(),
            new Origin(launchers));
    tellOfTheStart(child);
    if (lives) {
      if (start != null && start.isMarked()) {
        // First, because in between the ledger would say that it is to be killed.
        family.kept().keepByMark(child.id());
      }
      family.add(child);
    } else {
      housekeeper.tellOfTheEnd(child);
    }
    // One that has ended, too, may have left orphans.
    housekeeper.wake();
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

  /** Tries the seam; returns whether it calls the agent, and warns if not. */
  public boolean check() {
    ownProcesses.tryTheSeam();
    if (!probed) {
      log.warn(
          "ProcessBuilder was woven, but does not call the agent (another agent may have replaced"
              + " it); children are not recorded");
    }
    return probed;
  }
}
