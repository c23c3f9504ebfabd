package io.reaper.core;

import io.reaper.core.family.Sigchld;
import io.reaper.core.spawn.SpawnRecorder;

/** Checks, soon after the first start, that the seam calls the agent; loads what the end needs. */
final class WarmUp implements Runnable {
  /** A first start takes less. */
  private static final long DELAY_MILLIS = 100;

  private final SpawnRecorder recorder;
  private final OrderlyEnd end;
  private final Sigchld sigchld;

  WarmUp(SpawnRecorder recorder, OrderlyEnd end, Sigchld sigchld) {
    this.recorder = recorder;
    this.end = end;
    this.sigchld = sigchld;
  }

  @Override
  public void run() {
    try {
      // The first start, and a worker that ends right after it, need both cores for themselves.
      Thread.sleep(DELAY_MILLIS);
    } catch (InterruptedException ended) {
      return;
    }
    if (recorder.check()) {
      sigchld.resume();
    }
    end.warmUp();
  }
}
