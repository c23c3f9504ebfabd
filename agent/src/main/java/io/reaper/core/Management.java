package io.reaper.core;

import io.reaper.core.contain.LivingWorker;
import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.ondemand.jmx.Manager;
import io.reaper.core.ondemand.jmx.Registration;

/** Registers the MXBean on a thread of its own, not while another class is being loaded. */
final class Management implements Runnable {
  private final LivingWorker worker;
  private final Family family;
  private final Starts starts;
  private final Observation observation;
  private final Log log;

  Management(LivingWorker worker, Family family, Starts starts, Observation observation, Log log) {
    this.worker = worker;
    this.family = family;
    this.starts = starts;
    this.observation = observation;
    this.log = log;
  }

  @Override
  public void run() {
    Manager manager = new Manager(worker, family, starts, observation, log);
    new Registration(manager, observation, log).run();
  }
}
