package io.reaper.core.ondemand.jfr;

import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import jdk.jfr.FlightRecorder;

/** Writes events, as far as a recording wants them; the strings are made only then. */
public final class JfrObserver implements Observer {
  private static final int LONGEST_COMMAND = 1000;

  private JfrObserver() {}

  /** Returns an observer, or null while the recorder has not been started. */
  public static Observer open() {
    return FlightRecorder.isInitialized() ? new JfrObserver() : null;
  }

  private static String line(String[] command) {
    return line(String.join(" ", command));
  }

  private static String line(String line) {
    return line.length() > LONGEST_COMMAND ? line.substring(0, LONGEST_COMMAND) : line;
  }

  @Override
  public void childStarted(int pid, String[] command, Reason child) {
    ChildStarted event = new ChildStarted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.command = line(command);
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
      event.command = line(command);
      event.startedBy = child.startedBy();
      event.status = status;
      event.lifetime = lifetimeMillis;
      event.commit();
    }
  }

  @Override
  public void orphanAdopted(int pid, String name, String command, String startedBy) {
    OrphanAdopted event = new OrphanAdopted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.command = line(command);
      event.startedBy = startedBy;
      event.commit();
    }
  }

  @Override
  public void orphanReaped(
      int pid, String name, String command, String startedBy, long adoptedMillis) {
    OrphanReaped event = new OrphanReaped();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.command = line(command);
      event.startedBy = startedBy;
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
      event.command = line(process.command());
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
