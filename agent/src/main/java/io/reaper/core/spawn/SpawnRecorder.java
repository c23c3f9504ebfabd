package io.reaper.core.spawn;

import io.reaper.core.family.Child;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Origin;
import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessId;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Hands every process that the application starts over to the family. Runs on the application's
 * thread, in the middle of its start: short, and silent whatever happens.
 */
public final class SpawnRecorder implements BiConsumer<Object, Object> {
  /** What is to be done about a start, before the fork and after it. */
  public interface Starts {
    /** Whether it is the JVM's own, made after the worker's end by the thread that ends it. */
    boolean isTheJvms();

    /** Returns when the fork may happen. */
    void beforeStart();

    /** There is a child, which may have forked already. */
    void hasStarted(int pid);

    /** The child is in the family, or there is none. */
    void afterStart();
  }

  /** Of a JDK that makes no copy of the command. */
  private static final String[] UNTOLD = {};

  private final Family family;
  private final ProcFs proc;
  private final Starts starts;
  private final Housekeeper housekeeper;
  private final Observation observation;
  private final Log log;
  private final StartTimes startTimes;
  private final ThreadLocal<Boolean> ours = new ThreadLocal<>();
  private final ThreadLocal<Boolean> marked = new ThreadLocal<>();

  /**
   * As the JDK has copied it: the application's list may answer something else a second time, or
   * throw.
   */
  private final ThreadLocal<String[]> command = new ThreadLocal<>();

  private volatile boolean marksAreGiven;
  private volatile boolean knocked;
  private volatile boolean told;

  /** Records into that family, and wakes the housekeeper for each. */
  public SpawnRecorder(
      Family family,
      ProcFs proc,
      Starts starts,
      Housekeeper housekeeper,
      Observation observation,
      Log log) {
    this.family = family;
    this.proc = proc;
    this.starts = starts;
    this.housekeeper = housekeeper;
    this.observation = observation;
    this.log = log;
    this.startTimes = new StartTimes(log);
  }

  /** Whatever goes wrong in here, the application's start goes on; woven code expects no less. */
  @Override
  public void accept(Object told, Object what) {
    try {
      if (ours.get() != null) {
        knocked = true;
      } else if (starts.isTheJvms()) {
        return;
      } else if (told instanceof String[] words) {
        command.set(words);
      } else if (told != null) {
        try {
          started((Process) told);
        } finally {
          afterStart();
        }
      } else if (what == null || what instanceof Map) {
        starts.beforeStart();
        note((Map<?, ?>) what);
      } else {
        marked.remove();
        afterStart();
      }
    } catch (Throwable unexpected) {
      tellOnce(unexpected);
    }
  }

  /** Only before the fork is the environment for certain the one that the child is given. */
  private void note(Map<?, ?> environment) {
    if (environment != null && family.isMarked(environment)) {
      marked.set(true);
      marksAreGiven = true;
    }
  }

  private void afterStart() {
    command.remove();
    starts.afterStart();
  }

  private void tellOnce(Throwable unexpected) {
    if (!told) {
      told = true;
      log.error("could not record a start, whose process may outlive the worker: " + unexpected);
    }
  }

  private void started(Process process) throws IllegalAccessException {
    int pid = (int) process.pid();
    starts.hasStarted(pid);
    ProcessId told = startTimes.of(process, pid);
    ProcessInfo info = told == null ? proc.read(pid) : null;
    boolean lives = process.isAlive();
    // Alive after the look: nobody had reaped it then, so the look was at this very process. One
    // that cannot be looked at (a setuid program under hidepid, proc(5)) is still waited for.
    if (told == null && info != null && lives) {
      told = info.id();
      startTimes.learn(process, told);
    }
    String[] words = command.get();
    Child child =
        new Child(
            told == null ? new ProcessId(pid, ProcessId.UNKNOWN_START) : told,
            process,
            words == null ? UNTOLD : words,
            System.currentTimeMillis(),
            Thread.currentThread().getName(),
            new Origin());
    // Before anybody can see its end.
    observation.childStarted(pid, child.command(), child);
    if (marksAreGiven && marked.get() != null) {
      marked.remove();
      // First, as in between the ledger would say that it is to be killed.
      family.keepWish(child.id());
    }
    if (lives) {
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

  /** Starts a process of the agent's own, which nobody records. */
  public Process startUnrecorded(ProcessBuilder builder) throws IOException {
    ours.set(true);
    try {
      return builder.start();
    } finally {
      ours.remove();
    }
  }

  /** Makes each start shorter from now on; not worth it for the first ones. */
  public void warmUp() {
    startTimes.open();
  }

  /** Knocks at the seam; answers whether it was heard, and says so if not. */
  public boolean check() {
    ours.set(true);
    knock();
    ours.remove();
    if (!knocked) {
      log.warn(
          "ProcessBuilder was woven, but does not call the agent (another agent may have replaced"
              + " it); children are not recorded");
    }
    return knocked;
  }

  /** A command of no words goes all the way to {@code start(Redirect[])} and throws there. */
  private static void knock() {
    try {
      new ProcessBuilder(List.of()).start();
    } catch (IndexOutOfBoundsException | IOException expected) {
      // As ProcessBuilder.start() documents.
    }
  }
}
