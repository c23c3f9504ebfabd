package io.reaper.core.observe;

import java.util.function.Supplier;

/** Who observes, if anybody: made at the first event after there is something to observe with. */
public final class Observation {
  private final Supplier<Observer> maker;
  private final Log log;
  private volatile boolean wanted;
  private volatile Observer observer = Observer.NONE;

  /**
   * Nobody yet.
   *
   * @param maker answers null while it is too early
   */
  public Observation(Supplier<Observer> maker, Log log) {
    this.maker = maker;
    this.log = log;
  }

  /** Of which nobody will ever hear. */
  public static Observation ofNobody(Log log) {
    return new Observation(null, log);
  }

  /** From now on the next event asks the maker. */
  public void want() {
    wanted = true;
  }

  /** Never null. */
  public Observer observer() {
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
