package io.reaper.core.ondemand.jfr;

import io.reaper.core.observe.CommandText;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;

/** Writes events, as far as a recording wants them; the strings are made only then. */
public final class JfrObserver implements Observer {

  private final Supplier<WorkerInfo> worker;
  private volatile boolean ended;

  private JfrObserver(Supplier<WorkerInfo> worker) {
    this.worker = worker;
  }

  /**
   * Returns an observer, or null while the recorder has not been started.
   *
   * @param worker tells what is known of the worker
   */
  public static JfrObserver open(Supplier<WorkerInfo> worker) {
    if (!FlightRecorder.isInitialized()) {
      return null;
    }
    JfrObserver observer = new JfrObserver(worker);
    FlightRecorder.addPeriodicEvent(WorkerInformation.class, observer::tellOfTheWorker);
    // The chunk that there is has begun already, and a crash leaves it without an end.
    observer.tellOfTheWorker();
    return observer;
  }

  private void tellOfTheWorker() {
    WorkerInformation event = new WorkerInformation();
    if (event.isEnabled()) {
      WorkerInfo about = worker.get();
      event.pid = about.pid();
      event.start = about.start();
      event.host = about.host();
      event.mainClass = about.main();
      event.jdkVersion = about.jdk();
      event.agentVersion = about.agent();
      event.modes = about.modes();
      event.ended = ended;
      event.commit();
    }
  }

  /** Records that the agent has done what it does at the worker's orderly end. */
  public void workerHasEnded() {
    ended = true;
    tellOfTheWorker();
  }

  @Override
  public void childStarted(int pid, String[] command, Reason child) {
    ChildStarted event = new ChildStarted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.command = CommandText.of(command);
      event.startedBy = child.startedBy();
      event.commit();
    }
  }

  @Override
  public void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {
    ChildExited event = new ChildExited();
    if (event.isEnabled()) {
      event.pid = pid;
      event.command = CommandText.of(command);
      event.startedBy = child.startedBy();
      event.status = status;
      event.lifetime = lifetimeMillis;
      event.commit();
    }
  }

  @Override
  public void orphanAdopted(int pid, String name, String command, Reason ancestor) {
    OrphanAdopted event = new OrphanAdopted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.command = CommandText.cut(command);
      event.child = ancestor.child();
      event.startedBy = ancestor.startedBy();
      event.commit();
    }
  }

  @Override
  public void orphanReaped(
      int pid, String name, String command, Reason ancestor, long adoptedMillis) {
    OrphanReaped event = new OrphanReaped();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.command = CommandText.cut(command);
      event.child = ancestor.child();
      event.startedBy = ancestor.startedBy();
      event.adoptedFor = adoptedMillis;
      event.commit();
    }
  }

  @Override
  public void processKilled(ProcessEnd process) {
    ProcessKilled event = new ProcessKilled();
    if (event.isEnabled()) {
      event.pid = process.pid();
      event.name = process.name();
      event.command = CommandText.cut(process.command());
      event.parent = process.parent();
      event.child = process.reason().child();
      event.signal = process.signal();
      event.reason = process.reason().toString();
      event.startedBy = process.reason().startedBy();
      event.memory = process.memoryBytes();
      event.took = process.tookMillis();
      event.lifetime = process.ageMillis();
      event.commit();
    }
  }
}
