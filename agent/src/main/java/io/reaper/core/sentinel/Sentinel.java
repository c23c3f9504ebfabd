package io.reaper.core.sentinel;

import io.reaper.core.posix.LostFiles;
import io.reaper.core.spawn.OwnProcesses;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Holds the worker's side of the sentinel: starts it, holds the lifeline, learns of its death, and
 * dismisses it at an orderly end.
 *
 * <p>What is started first is its starter, a child of the worker, which forks the sentinel and
 * ends, so that the sentinel is no child of the worker's; or becomes the sentinel itself, where the
 * process that would adopt it does not let it live. The lifeline is the pipe to their standard
 * input, opened anew through /proc/PID/fd, as the JDK closes its own end when the starter has
 * ended. Neither is closed by execve(2), and a program that native code starts would hold it open:
 * {@link SentinelWatch} makes it close-on-exec.
 */
public final class Sentinel {
  /** A shell forks within milliseconds, a JVM within a second; by then it never will. */
  private static final long LONGEST_START_NANOS = 10_000_000_000L;

  private final OwnProcesses ownProcesses;
  private volatile boolean sheltered;

  /** What it is dismissed by, or null. */
  private volatile String dismissal;

  /** The starter, as long as it is on its way. */
  private volatile Process starter;

  /** Whether the sentinel's starter has been told how, so that the next line is the sentinel's. */
  private volatile boolean held;

  private volatile RandomAccessFile lifeline;
  private volatile String pipe;
  private volatile InputStream alive;
  private volatile String alivePipe;

  /** Creates the worker's side; starts nothing before {@link #start}. */
  Sentinel(OwnProcesses ownProcesses) {
    this.ownProcesses = ownProcesses;
  }

  /** Makes the sentinel a child of the worker, for the application to see, from the next on. */
  void shelter() {
    sheltered = true;
  }

  /**
   * Starts a sentinel; returns when its starter has ended, or it is sheltered. One thread at a time
   * calls it; any other may {@link #dismiss} meanwhile.
   *
   * @param command the starter: reads one line, forks the sentinel, and ends; if that line is
   *     {@value SentinelCommand#STAY}, it becomes the sentinel
   */
  void start(ProcessBuilder command) throws IOException {
    ownProcesses.suspendAdoption();
    try {
      fork(command);
    } finally {
      ownProcesses.resumeAdoption();
    }
  }

  /**
   * Starts a sentinel as {@link #start} does, and then dismisses the one that there is, which
   * lives: its pipes are still this worker's.
   */
  void replace(ProcessBuilder command) throws IOException {
    RandomAccessFile before = lifeline;
    String pipeBefore = pipe;
    InputStream watched = alive;
    String watchedPipe = alivePipe;
    ownProcesses.suspendAdoption();
    try {
      forkBeside(command);
    } finally {
      ownProcesses.resumeAdoption();
      hasHeard(before, pipeBefore, SentinelCommand.DONE);
      close(before, pipeBefore);
      close(watched, watchedPipe);
    }
  }

  private void fork(ProcessBuilder command) throws IOException {
    close();
    forkBeside(command);
  }

  private void forkBeside(ProcessBuilder command) throws IOException {
    Process starting = ownProcesses.start(command.redirectError(ProcessBuilder.Redirect.INHERIT));
    starter = starting;
    boolean started = false;
    try {
      hold(starting);
      if (!sheltered) {
        awaitEnd(starting);
      }
      started = true;
    } finally {
      starter = null;
      if (!started) {
        abandon(starting);
      }
    }
  }

  private void hold(Process starting) throws IOException {
    String descriptors = "/proc/" + starting.pid() + "/fd/";
    lifeline = new RandomAccessFile(descriptors + "0", "rw");
    pipe = Files.readSymbolicLink(Path.of(descriptors, "0")).toString();
    alive = new FileInputStream(descriptors + "1");
    alivePipe = Files.readSymbolicLink(Path.of(descriptors, "1")).toString();
    if (!starting.isAlive()) {
      // Its pid may have been another's by now, whose input this would be.
      throw new IOException("its starter ended with status " + starting.exitValue());
    }
    starting.getInputStream().close();
    starting.getOutputStream().close();
    lifeline.write(line(sheltered ? SentinelCommand.STAY : ""));
    held = true;
    if (dismissal != null) {
      dismissHeld(dismissal);
    }
  }

  /** Leaves nothing of a start that has failed half-way: no process, and no pipe. */
  private void abandon(Process starting) {
    try {
      // The sentinel itself may have been forked.
      dismissHeld(SentinelCommand.DONE);
    } catch (IOException gone) {
      // Then there is none.
    }
    close();
    closeQuietly(starting.getInputStream());
    closeQuietly(starting.getOutputStream());
    starting.destroyForcibly();
  }

  /**
   * Waits for the starter's end, whatever else happens: Process.waitFor throws at once on a thread
   * that is interrupted already, and the sentinel, orphaned later, would come to the worker.
   */
  private static void awaitEnd(Process starting) throws IOException {
    boolean interrupted = false;
    boolean ended = false;
    long deadline = System.nanoTime() + LONGEST_START_NANOS;
    try {
      long left = LONGEST_START_NANOS;
      while (!ended && left > 0) {
        try {
          ended = starting.waitFor(left, TimeUnit.NANOSECONDS);
        } catch (InterruptedException later) {
          interrupted = true;
        }
        left = deadline - System.nanoTime();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (!ended) {
      throw new IOException("its starter, process " + starting.pid() + ", hangs");
    }
    if (starting.exitValue() != 0) {
      throw new IOException("its starter ended with status " + starting.exitValue());
    }
  }

  private static byte[] line(String word) {
    return word.concat("\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the lifeline as it stands in /proc/PID/fd, or null if there is none. */
  String pipe() {
    return pipe;
  }

  /** Returns the sentinel's pid, which is all that it ever says; 0 if it died before it said it. */
  int awaitBirth() {
    InputStream watched = alive;
    int pid = 0;
    if (watched == null) {
      return pid;
    }
    try {
      for (int digit = watched.read(); digit >= '0' && digit <= '9'; digit = watched.read()) {
        pid = pid * 10 + digit - '0';
      }
      return pid;
    } catch (IOException closed) {
      return 0;
    }
  }

  /** Waits until the sentinel has died: the pipe from it ends then. */
  void awaitDeath() {
    InputStream watched = alive;
    try {
      // A replacement that failed has closed it, maybe before this thread has come here.
      while (watched != null && watched.read() >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException closed) {
      // A closed pipe tells as much as its end.
    }
  }

  /**
   * Dismisses the sentinel, which does nothing any more; one that is being started, too, but
   * without waiting for that.
   *
   * @param word {@value SentinelCommand#DONE}, by which it ends now, or {@value
   *     SentinelCommand#ENDED}, by which it ends after the worker
   */
  void dismiss(String word) throws IOException {
    dismissal = word;
    dismissHeld(word);
    Process onItsWay = starter;
    if (onItsWay != null && !sheltered) {
      onItsWay.destroyForcibly();
    }
  }

  private void dismissHeld(String word) throws IOException {
    RandomAccessFile there = lifeline;
    if (held && there != null && !hasHeard(there, pipe, word)) {
      ownProcesses.endSentinel();
    }
  }

  /**
   * Writes a word to a lifeline; returns false, and writes none, if native code has closed that:
   * its number may be another file's of the application's by now.
   */
  private boolean hasHeard(RandomAccessFile lifeline, String pipe, String word) throws IOException {
    boolean isOpen = ownProcesses.isOpen(pipe);
    if (isOpen) {
      lifeline.write(line(word));
    }
    return isOpen;
  }

  private void close() {
    held = false;
    close(lifeline, pipe);
    close(alive, alivePipe);
    lifeline = null;
    pipe = null;
    alive = null;
    alivePipe = null;
  }

  /** Closes a pipe, if native code has not: its number may be another file's by now. */
  private void close(Closeable end, String openPipe) {
    if (end != null && openPipe != null && !ownProcesses.isOpen(openPipe)) {
      LostFiles.keep(end);
    } else {
      closeQuietly(end);
    }
  }

  private static void closeQuietly(Closeable end) {
    try {
      if (end != null) {
        end.close();
      }
    } catch (IOException closed) {
      // It is closed all the same.
    }
  }
}
