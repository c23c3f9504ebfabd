package io.reaper.core.end;

import io.reaper.core.observe.Log;

/** The worker's orderly end: everybody who must die does, and one line says who they were. */
public final class ExitHook implements Runnable {
  /** What the hook needs of the worker. */
  public interface Worker {
    /** A quick look at whether there may be anybody at all. */
    boolean mayHaveSomebody();

    /** All are dead: what was set up for the worker's lifetime can go. */
    void leave();
  }

  private final Worker worker;
  private final Termination termination;
  private final Targets targets;
  private final Log log;

  /** Runs once, when the application's own hooks have finished. */
  public ExitHook(Worker worker, Termination termination, Targets targets, Log log) {
    this.worker = worker;
    this.termination = termination;
    this.targets = targets;
    this.log = log;
  }

  @Override
  public void run() {
    try {
      if (worker.mayHaveSomebody()) {
        new Report(log, "").tell(termination.end(targets));
      }
      worker.leave();
    } catch (Throwable broken) {
      // The worker's own end, and its exit status, come before ours.
      log.error("could not end this worker's processes: " + broken);
    }
  }
}
