package io.reaper.core.sentinel;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The worker's side of the sentinel: starts it, holds the lifeline, learns of its death, and
 * dismisses it at an orderly end.
 *
 * <p>What is started first is its starter, a child of the worker, which forks the sentinel and
 * ends, so that the sentinel is nobody's child; or becomes the sentinel itself, where nobody else
 * would let it live. The lifeline is the pipe to their standard input, opened anew through
 * /proc/PID/fd: that way it is close-on-exec, and a child that native code forks and leaves running
 * does not hold it open.
 */
public final class Sentinel {
  /** What starts a process that is none of the application's. */
  public interface Starter {
    /** From here on orphans do not come to the worker: the sentinel is one. */
    void begin();

    /** Starts a process, unrecorded. */
    Process start(ProcessBuilder builder) throws IOException;

    /** Orphans come to the worker again. */
    void end();
  }

  /** What a starter is told that is to become the sentinel. */
  static final String STAY = "stay";

  private final Starter starter;
  private ProcessBuilder command;
  private boolean sheltered;
  private RandomAccessFile lifeline;
  private String pipe;
  private InputStream alive;

  /**
   * Not started before {@link #start}.
   *
   * @param command the starter: reads one line, forks the sentinel, and ends; told {@value #STAY}
   *     by that line, it becomes the sentinel
   */
  Sentinel(Starter starter, ProcessBuilder command) {
    this.starter = starter;
    this.command = command;
  }

  /** From the next start on it is a child of the worker, for the application to see. */
  synchronized void shelter() {
    sheltered = true;
  }

  /** Starts one, and returns when it is nobody's child, or sheltered. */
  synchronized void start() throws IOException {
    starter.begin();
    try {
      fork();
    } finally {
      starter.end();
    }
  }

  private void fork() throws IOException {
    Process starting = starter.start(command.redirectError(ProcessBuilder.Redirect.INHERIT));
    String descriptors = "/proc/" + starting.pid() + "/fd/";
    close();
    lifeline = new RandomAccessFile(descriptors + "0", "rw");
    pipe = Files.readSymbolicLink(Path.of(descriptors, "0")).toString();
    alive = new FileInputStream(descriptors + "1");
    starting.getInputStream().close();
    starting.getOutputStream().close();
    lifeline.write((sheltered ? STAY + "\n" : "\n").getBytes(StandardCharsets.US_ASCII));
    try {
      if (!sheltered && starting.waitFor() != 0) {
        throw new IOException("its starter ended with status " + starting.exitValue());
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /** The lifeline as it stands in /proc/PID/fd. */
  synchronized String pipe() {
    return pipe;
  }

  private synchronized InputStream watched() {
    return alive;
  }

  /** The sentinel's number, which is all that it ever says; 0 if it died before it said it. */
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

  /** Returns when the sentinel has died: what ends then is the pipe from it. */
  void awaitDeath() {
    InputStream watched = watched();
    try {
      while (watched.read() >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException closed) {
      // As good as the end.
    }
  }

  /** The sentinel ends, and whoever watches over it starts the next one with that command. */
  synchronized void become(ProcessBuilder other) throws IOException {
    command = other;
    dismiss();
  }

  /** The sentinel ends without doing anything. */
  synchronized void dismiss() throws IOException {
    if (lifeline != null) {
      lifeline.write("done\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void close() throws IOException {
    if (lifeline != null) {
      lifeline.close();
      alive.close();
    }
  }
}
