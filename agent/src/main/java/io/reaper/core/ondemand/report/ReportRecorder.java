package io.reaper.core.ondemand.report;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Remembers what becomes of this worker's processes, for the page that is written at its end. */
public final class ReportRecorder implements Observer {
  private final Path file;
  private final String title;
  private final String facts;
  private final Log log;
  private final Timeline lives = new Timeline();
  private boolean written;

  /**
   * Starts to remember.
   *
   * @param file the page
   * @param title the worker's name
   * @param facts what else is known of it, in words
   */
  public ReportRecorder(Path file, String title, String facts, Log log) {
    this.facts = facts;
    this.file = file;
    this.title = title;
    this.log = log;
  }

  @Override
  public synchronized void childStarted(int pid, String[] command, Reason child) {
    lives.started(pid, String.join(" ", command), child.startedBy(), now());
  }

  @Override
  public synchronized void childExited(
      int pid, String[] command, Reason child, int status, long lifetimeMillis) {
    lives.exited(pid, String.join(" ", command), child.startedBy(), status, lifetimeMillis, now());
  }

  @Override
  public synchronized void orphanAdopted(int pid, String name, String command, String startedBy) {
    lives.adopted(pid, command.isEmpty() ? name : command, startedBy, now());
  }

  @Override
  public synchronized void orphanReaped(
      int pid, String name, String command, String startedBy, long adoptedMillis) {
    lives.reaped(pid, command.isEmpty() ? name : command, startedBy, adoptedMillis, now());
  }

  @Override
  public synchronized void processKilled(ProcessEnd process) {
    String command = process.command().isEmpty() ? process.name() : process.command();
    lives.killed(
        process.pid(),
        command,
        process.signal(),
        process.reason().toString(),
        process.reason().startedBy(),
        process.ageMillis(),
        now());
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  /** Writes the page, once; a failure is logged in one line. */
  public synchronized void write() {
    if (!written) {
      written = true;
      try {
        String ended = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        new Page(lives, title, facts + "; ended in order at " + ended).write(file);
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
