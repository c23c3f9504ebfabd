package io.reaper.core.end;

import io.reaper.core.observe.Log;

/** The worker's orderly end: everybody who must die does, and one line says who they were. */
public final class ExitHook implements Runnable {
  /** What the hook needs of the worker. */
  public interface Worker {
    /** A quick look at whether there may be anybody at all. */
    boolean mayHaveSomebody();

    /**
     * The end is over.
     *
     * @param areAllDead whether what was set up for the worker's lifetime can go; if not, what the
     *     sentinel needs stays, and it has another look when the worker is dead
     */
    void leave(boolean areAllDead);

    /** Whether it is an error that somebody had to be killed. */
    boolean failsOnLeaks();
  }

  private final Worker worker;
  private final Termination termination;
  private final Targets targets;
  private final Log log;

  /** EX_SOFTWARE (sysexits.h): the program itself is wrong. */
  private static final int LEAKED = 70;

  /** Runs once, when the application's own hooks have finished. */
  public ExitHook(Worker worker, Termination termination, Targets targets, Log log) {
    this.worker = worker;
    this.termination = termination;
    this.targets = targets;
    this.log = log;
  }

  private Termination.Outcome end() {
    Termination.Outcome outcome = termination.end(targets);
    new Report(log, "").tellOfThoseKept(targets.spared());
    if (worker.failsOnLeaks()) {
      new Report(log, "leaks=fail, so the exit status is " + LEAKED + ": ").tellAsError(outcome);
    } else {
      new Report(log, "").tell(outcome);
    }
    return outcome;
  }

  @Override
  public void run() {
    try {
      Termination.Outcome outcome = worker.mayHaveSomebody() ? end() : null;
      if (!targets.canLook()) {
        log.error(
            "cannot look at this worker's processes, as no file can be opened (too many are open);"
                + " the sentinel ends what is left");
        return;
      }
      worker.leave(outcome == null || outcome.left().isEmpty());
      if (outcome != null && outcome.foundAnybody() && worker.failsOnLeaks()) {
        // Nothing of the JDK's or the application's comes after this hook but the end itself.
        Runtime.getRuntime().halt(LEAKED);
      }
    } catch (Throwable broken) {
      // The worker's own end, and its exit status, come before ours.
      log.error("could not end this worker's processes: " + broken);
    }
  }
}
