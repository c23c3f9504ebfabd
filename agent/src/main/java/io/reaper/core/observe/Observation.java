package io.reaper.core.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Counts what becomes of a worker's processes, and passes it on to who observes, if anybody: made
 * at the first event after there is something to observe with.
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
   * Nobody yet.
   *
   * @param maker answers null while it is too early
   * @param chronicle hears everything from now on
   */
  public Observation(Supplier<Observer> maker, Observer chronicle, Log log) {
    this.maker = maker;
    this.chronicle = chronicle;
    this.log = log;
  }

  /** Of which nobody will ever hear. */
  public static Observation ofNobody(Log log) {
    return new Observation(null, Observer.NONE, log);
  }

  /** From now on that one hears everything, in place of the one before. */
  public void tellInFull(Observer other) {
    chronicle = other;
  }

  /** Tells that one from now on what is killed and what is left. */
  public void tellOfKills(Observer other) {
    killLog = other;
  }

  /** Tells that one, too, from now on what is killed. */
  public void tellConsole(Observer console) {
    consoles.add(console);
  }

  /** Whether command and memory of each process that is killed are asked for. */
  public boolean wantsDetails() {
    return killLog != NONE || isObserved();
  }

  /** From now on the next event asks the maker. */
  public void want() {
    wanted = true;
  }

  /** Whether anybody is told of more than the counts. */
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
  public void orphanAdopted(int pid, String name, String command, String startedBy) {
    adopted.incrementAndGet();
    chronicle.orphanAdopted(pid, name, command, startedBy);
    observer().orphanAdopted(pid, name, command, startedBy);
  }

  @Override
  public void orphanReaped(
      int pid, String name, String command, String startedBy, long adoptedMillis) {
    reaped.incrementAndGet();
    chronicle.orphanReaped(pid, name, command, startedBy, adoptedMillis);
    observer().orphanReaped(pid, name, command, startedBy, adoptedMillis);
  }

  @Override
  public void processKilled(ProcessEnd process) {
    killed.incrementAndGet();
    chronicle.processKilled(process);
    killLog.processKilled(process);
    for (Observer console : consoles) {
      console.processKilled(process);
    }
    observer().processKilled(process);
  }

  @Override
  public void processLeft(ProcessEnd process, String why) {
    killLog.processLeft(process, why);
  }

  /** How many processes the application has started. */
  public long started() {
    return started.get();
  }

  /** How many of those have ended, and their statuses been collected. */
  public long exited() {
    return exited.get();
  }

  /** How many orphans have come to the worker. */
  public long adopted() {
    return adopted.get();
  }

  /** How many of those are gone. */
  public long reaped() {
    return reaped.get();
  }

  /** How many processes the agent has ended. */
  public long killed() {
    return killed.get();
  }

  private Observer observer() {
    if (wanted) {
      make();
    }
    return observer;
  }

  private synchronized void make() {
    if (!wanted) {
      return;
    }
    try {
      Observer made = maker.get();
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
