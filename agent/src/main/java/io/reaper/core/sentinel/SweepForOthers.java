package io.reaper.core.sentinel;

import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import java.util.concurrent.atomic.AtomicReference;

/** Does for workers that died together with their sentinels what those would have done. */
final class SweepForOthers implements Runnable {
  private final AtomicReference<Options> options;
  private final ProcFs proc;
  private final Posix posix;
  private final Log log;

  /** Creates the sweep of the directories that these options name when it begins. */
  SweepForOthers(AtomicReference<Options> options, ProcFs proc, Posix posix, Log log) {
    this.options = options;
    this.proc = proc;
    this.posix = posix;
    this.log = log;
  }

  @Override
  public void run() {
    Sweeper sweeper = new Sweeper(proc, posix, proc.self(), log);
    new Sweeps(sweeper, proc, log)
        .sweepAll(options.get().places(new OwnProc().environment(PrivateDirectory.RUNTIME)));
  }
}
