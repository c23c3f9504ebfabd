package io.reaper.core.ondemand.report;

import io.reaper.core.observe.CommandText;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Remembers what becomes of this worker's processes, for the page that is written at its end. */
public final class ReportRecorder implements Observer {
  private final Path file;
  private final Supplier<WorkerInfo> worker;
  private final Log log;
  private final Timeline lives = new Timeline();
  private boolean written;

  /**
   * Starts to remember.
   *
   * @param file the page
   * @param worker tells what is known of the worker when the page is written
   */
  public ReportRecorder(Path file, Supplier<WorkerInfo> worker, Log log) {
    this.file = file;
    this.worker = worker;
    this.log = log;
  }

  @Override
  public synchronized void childStarted(int pid, String[] command, Reason child) {
    lives.started(pid, CommandText.of(command), child.startedBy(), now());
  }

  @Override
  public synchronized void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {
    lives.exited(pid, CommandText.of(command), child.startedBy(), status, lifetimeMillis, now());
  }

  @Override
  public synchronized void orphanAdopted(int pid, String name, String command, Reason ancestor) {
    lives.adopted(pid, command.isEmpty() ? name : command, ancestor, now());
  }

  @Override
  public synchronized void orphanReaped(
      int pid, String name, String command, Reason ancestor, long adoptedMillis) {
    lives.reaped(pid, command.isEmpty() ? name : command, ancestor, adoptedMillis, now());
  }

  @Override
  public synchronized void processKilled(ProcessEnd process) {
    lives.killed(process, now());
  }

  @Override
  public synchronized void processLeft(ProcessEnd process, String why) {
    lives.left(process, why, now());
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  /** Writes the page, once; a failure is logged in one line. */
  public synchronized void write() {
    if (!written) {
      written = true;
      try {
        WorkerInfo itself = worker.get();
        lives.of(itself, Told.inOrder(now()));
        new Page(List.of(lives), itself.main()).write(file);
      } catch (IOException refused) {
        log.error(
            "cannot write report="
                + file
                + " ("
                + refused
                + "); name a file in a directory that this user can write to");
      }
    }
  }
}
