package io.reaper.it.support;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;

/** What tests tell an {@link ObeyingWorker} to do, and wait for. */
public final class Orders {

  private Orders() {}

  /** Has a process started that way; returns it once it has reported itself under that name. */
  public static Proc spawn(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    Until.until(worker, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  /** Kills the worker when the start of what was told to start is over, and so in its ledger. */
  public static void kill(Worker worker) {
    settle(worker);
    worker.self().kill();
  }

  /** Waits until the start of what was told to start is over, and so in the ledger. */
  public static void settle(Worker worker) {
    int looks = worker.reported(ObeyingWorker.LOOKED).size();
    worker.say("look");
    Until.until(worker, () -> worker.reported(ObeyingWorker.LOOKED).size() > looks);
  }
}
