package io.reaper.core.ondemand.jfr;

import io.reaper.core.observe.Observer;
import io.reaper.core.observe.Reason;
import jdk.jfr.FlightRecorder;

/** Writes events, as far as a recording wants them; the strings are made only then. */
public final class JfrObserver implements Observer {
  private static final int LONGEST_COMMAND = 1000;

  private JfrObserver() {}

  /** Null while the recorder has not been started. */
  public static Observer open() {
    return FlightRecorder.isInitialized() ? new JfrObserver() : null;
  }

  private static String line(String[] command) {
    String line = String.join(" ", command);
    return line.length() > LONGEST_COMMAND ? line.substring(0, LONGEST_COMMAND) : line;
  }

  @Override
  public void childStarted(int pid, String[] command, Reason child) {
    ChildStarted event = new ChildStarted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.command = line(command);
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
  public void orphanAdopted(int pid, String name) {
    OrphanAdopted event = new OrphanAdopted();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.commit();
    }
  }

  @Override
  public void orphanReaped(int pid, String name, long adoptedMillis) {
    OrphanReaped event = new OrphanReaped();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.adoptedFor = adoptedMillis;
      event.commit();
    }
  }

  @Override
  public void processKilled(
      int pid, String name, String signal, Reason reason, long tookMillis, long ageMillis) {
    ProcessKilled event = new ProcessKilled();
    if (event.isEnabled()) {
      event.pid = pid;
      event.name = name;
      event.signal = signal;
      event.reason = reason.toString();
      event.startedBy = reason.startedBy();
      event.took = tookMillis;
      event.lifetime = ageMillis;
      event.commit();
    }
  }
}
