package io.reaper.core.sentinel;

import io.reaper.core.spawn.OwnProcesses;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Holds the worker's side of the sentinel: starts it, holds the lifeline, learns of its death, and
 * dismisses it at an orderly end.
 *
 * <p>What is started first is its starter, a child of the worker, which forks the sentinel and
 * ends, so that the sentinel is no child of the worker's; or becomes the sentinel itself, where the
 * process that would adopt it does not let it live. The lifeline is the pipe to their standard
 * input, opened anew through /proc/PID/fd: that way it is close-on-exec, and a child that native
 * code forks and leaves running does not hold it open.
 */
public final class Sentinel {
  private final OwnProcesses ownProcesses;
  private boolean sheltered;
  private RandomAccessFile lifeline;
  private String pipe;
  private InputStream alive;

  /** Creates the worker's side; starts nothing before {@link #start}. */
  Sentinel(OwnProcesses ownProcesses) {
    this.ownProcesses = ownProcesses;
  }

  /**
   * Makes the sentinel a child of the worker, for the application to see, from the next start on.
   */
  synchronized void shelter() {
    sheltered = true;
  }

  /**
   * Starts a sentinel; returns when its starter has ended, or it is sheltered.
   *
   * @param command the starter: reads one line, forks the sentinel, and ends; if that line is
   *     {@value SentinelCommand#STAY}, it becomes the sentinel
   */
  synchronized void start(ProcessBuilder command) throws IOException {
    ownProcesses.suspendAdoption();
    try {
      fork(command);
    } finally {
      ownProcesses.resumeAdoption();
    }
  }

  private void fork(ProcessBuilder command) throws IOException {
    Process starting = ownProcesses.start(command.redirectError(ProcessBuilder.Redirect.INHERIT));
    String descriptors = "/proc/" + starting.pid() + "/fd/";
    close();
    lifeline = new RandomAccessFile(descriptors + "0", "rw");
    pipe = Files.readSymbolicLink(Path.of(descriptors, "0")).toString();
    alive = new FileInputStream(descriptors + "1");
    if (!starting.isAlive()) {
      // Its pid may have been another's by now, whose input this would be.
      close();
      throw new IOException("its starter ended with status " + starting.exitValue());
    }
    starting.getInputStream().close();
    starting.getOutputStream().close();
    lifeline.write(line(sheltered ? SentinelCommand.STAY : ""));
    if (!sheltered && awaitEnd(starting) != 0) {
      throw new IOException("its starter ended with status " + starting.exitValue());
    }
  }

  /**
   * Waits for the starter's end, whatever happens: Process.waitFor throws at once on a thread that
   * is interrupted already, and the sentinel, orphaned later, would come to the worker.
   */
  private static int awaitEnd(Process starting) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return starting.waitFor();
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static byte[] line(String word) {
    return word.concat("\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the lifeline as it stands in /proc/PID/fd. */
  synchronized String pipe() {
    return pipe;
  }

  private synchronized InputStream watched() {
    return alive;
  }

  /** Returns the sentinel's pid, which is all that it ever says; 0 if it died before it said it. */
  int awaitBirth() {
    InputStream watched = watched();
    int pid = 0;
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
    InputStream watched = watched();
    try {
      while (watched.read() >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException closed) {
      // A closed pipe tells as much as its end.
    }
  }

  /** Dismisses the sentinel, which ends without doing anything. */
  synchronized void dismiss() throws IOException {
    if (lifeline != null) {
      lifeline.write(line(SentinelCommand.DONE));
    }
  }

  /**
   * Closes both pipes; what cannot be closed, native code of the application's has closed before
   * (close(2), EBADF).
   */
  private void close() {
    if (lifeline != null) {
      closeQuietly(lifeline);
      closeQuietly(alive);
      lifeline = null;
    }
  }

  private static void closeQuietly(Closeable end) {
    try {
      end.close();
    } catch (IOException closed) {
      // It is closed all the same.
    }
  }
}
