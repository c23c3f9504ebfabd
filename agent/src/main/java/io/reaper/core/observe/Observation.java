package io.reaper.core.observe;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Counts what becomes of a worker's processes, and passes it on to the observers, if there are any:
 * one is made at the first event after there is something to observe with.
 */
public final class Observation implements Observer {
  private final Supplier<Observer> maker;
  private volatile Observer chronicle;
  private volatile Observer killLog = NONE;
  private final List<Observer> consoles = new CopyOnWriteArrayList<>();
  private final Log log;
  private volatile boolean wanted;
  private volatile Observer observer = Observer.NONE;
  private final AtomicLong started = new AtomicLong();
  private final AtomicLong exited = new AtomicLong();
  private final AtomicLong adopted = new AtomicLong();
  private final AtomicLong reaped = new AtomicLong();
  private final AtomicLong killed = new AtomicLong();

  /**
   * Creates an observation whose further observers come later.
   *
   * @param maker returns null while it is too early
   * @param chronicle is told everything from now on
   */
  public Observation(Supplier<Observer> maker, Observer chronicle, Log log) {
    this.maker = maker;
    this.chronicle = chronicle;
    this.log = log;
  }

  /** Creates an observation without observers; it only counts. */
  public static Observation unobserved(Log log) {
    return new Observation(null, Observer.NONE, log);
  }

  /** Tells that observer everything from now on, in place of the one before. */
  public void tellInFull(Observer other) {
    chronicle = other;
  }

  /** Tells that observer, from now on, what is killed and what is left. */
  public void tellOfKills(Observer other) {
    killLog = other;
  }

  /** Tells that observer, too, from now on what is killed. */
  public void tellConsole(Observer console) {
    consoles.add(console);
  }

  /** Whether command and memory of each process that is killed are asked for. */
  public boolean wantsDetails() {
    return killLog != NONE || isObserved();
  }

  /** Asks the maker for an observer at the next event. */
  public void want() {
    wanted = true;
  }

  /** Whether any observer is told more than the counts. */
  public boolean isObserved() {
    return wanted || chronicle != NONE || observer != NONE;
  }

  @Override
  public void childStarted(int pid, String[] command, Reason child) {
    started.incrementAndGet();
    chronicle.childStarted(pid, command, child);
    observer().childStarted(pid, command, child);
  }

  @Override
  public void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {
    exited.incrementAndGet();
    chronicle.childExited(pid, command, child, status, lifetimeMillis);
    observer().childExited(pid, command, child, status, lifetimeMillis);
  }

  @Override
  public void orphanAdopted(int pid, String name, String command, Reason ancestor) {
    adopted.incrementAndGet();
    chronicle.orphanAdopted(pid, name, command, ancestor);
    observer().orphanAdopted(pid, name, command, ancestor);
  }

  @Override
  public void orphanReaped(
      int pid, String name, String command, Reason ancestor, long adoptedMillis) {
    reaped.incrementAndGet();
    chronicle.orphanReaped(pid, name, command, ancestor, adoptedMillis);
    observer().orphanReaped(pid, name, command, ancestor, adoptedMillis);
  }

  @Override
  public void processKilled(ProcessEnd process) {
    killed.incrementAndGet();
    chronicle.processKilled(process);
    killLog.processKilled(process);
    observer().processKilled(process);
    // Last, as there the application's own listeners run, whose faults are no matter of the kill.
    for (Observer console : consoles) {
      try {
        console.processKilled(process);
      } catch (RuntimeException | Error fault) {
        log.warn("a listener of the MXBean failed: " + fault);
      }
    }
  }

  @Override
  public void processLeft(ProcessEnd process, String why) {
    chronicle.processLeft(process, why);
    killLog.processLeft(process, why);
  }

  /** Returns how many processes the application has started. */
  public long started() {
    return started.get();
  }

  /** Returns how many of those have exited, with their statuses collected. */
  public long exited() {
    return exited.get();
  }

  /** Returns how many orphans have come to the worker. */
  public long adopted() {
    return adopted.get();
  }

  /** Returns how many of those are gone. */
  public long reaped() {
    return reaped.get();
  }

  /** Returns how many processes the agent has killed. */
  public long killed() {
    return killed.get();
  }

  private Observer observer() {
    if (wanted) {
      make();
    }
    return observer;
  }

  @SuppressWarnings("removal")
  private synchronized void make() {
    if (!wanted) {
      return;
    }
    try {
      // For the same reason as each thread of the agent's: the recorder keeps the caller's context.
      Observer made = AccessController.doPrivileged((PrivilegedAction<Observer>) maker::get);
      if (made != null) {
        observer = made;
        wanted = false;
      }
    } catch (RuntimeException | LinkageError refused) {
      wanted = false;
      log.warn("cannot write JFR events: " + refused);
    }
  }
}
