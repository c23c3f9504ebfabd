package io.reaper.core.ondemand.report;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Remembers what becomes of this worker's processes, for the page that is written at its end. */
public final class ReportRecorder implements Observer {
  private final Path file;
  private final String title;
  private final Log log;
  private final Timeline lives = new Timeline();
  private boolean written;

  /**
   * Remembers from now on.
   *
   * @param file the page
   * @param title what the worker is called
   */
  public ReportRecorder(Path file, String title, Log log) {
    this.file = file;
    this.title = title;
    this.log = log;
  }

  @Override
  public synchronized void childStarted(int pid, String[] command, Object child) {
    String by = child.toString();
    lives.started(pid, String.join(" ", command), by.replace("started by ", ""), now());
  }

  @Override
  public synchronized void childExited(
      int pid, String[] command, Supplier<String> startedBy, int status, long lifetimeMillis) {
    lives.exited(pid, String.join(" ", command), startedBy.get(), status, lifetimeMillis, now());
  }

  @Override
  public synchronized void orphanAdopted(int pid, String name) {
    lives.adopted(pid, name, now());
  }

  @Override
  public synchronized void orphanReaped(int pid, String name, long adoptedMillis) {
    lives.reaped(pid, name, adoptedMillis, now());
  }

  @Override
  public synchronized void processKilled(
      int pid, String name, String signal, Object reason, long tookMillis, long ageMillis) {
    lives.killed(pid, name, signal, reason.toString(), ageMillis, now());
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  /** Writes the page, once; what goes wrong costs a line. */
  public synchronized void write() {
    if (!written) {
      written = true;
      try {
        new Page(lives, title).write(file);
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
