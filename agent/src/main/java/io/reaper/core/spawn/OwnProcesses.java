package io.reaper.core.spawn;

import io.reaper.core.contain.Containment;
import io.reaper.core.family.Family;
import io.reaper.core.family.Sigchld;
import io.reaper.core.family.Starts;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.util.List;

/**
 * Starts the agent's own processes: none of them is recorded as the application's, the JDK reads
 * the status of each, and what they leave behind does not come to the worker.
 */
public final class OwnProcesses {
  private final ProcFs proc;
  private final Family family;
  private final Containment containment;
  private final Starts starts;
  private final Sigchld sigchld;
  private final Seam seam;
  private final ThreadLocal<Boolean> starting = new ThreadLocal<>();

  /**
   * Creates the starter; no process is started yet.
   *
   * @param seam null where starts are not recorded
   */
  public OwnProcesses(
      ProcFs proc,
      Family family,
      Containment containment,
      Starts starts,
      Sigchld sigchld,
      Seam seam) {
    this.proc = proc;
    this.family = family;
    this.containment = containment;
    this.starts = starts;
    this.sigchld = sigchld;
    this.seam = seam;
  }

  /**
   * Stops the worker from adopting orphans until {@link #resumeAdoption}: the sentinel is an
   * orphan.
   */
  public void suspendAdoption() {
    sigchld.suspend();
    containment.adopt(false);
  }

  /** Lets orphans come to the worker again, if it is a subreaper. */
  public void resumeAdoption() {
    containment.adopt(true);
    sigchld.resume();
  }

  /** Starts the process that is to watch over the worker, or the one that starts that process. */
  public Process start(ProcessBuilder builder) throws IOException {
    boolean isAlone = starts.beginOwn();
    try {
      Process starter = startOrAbandon(builder);
      // Until the sentinel has told its pid; a sentinel that stays the worker's child has this one.
      family.watchedBy((int) starter.pid(), proc);
      return starter;
    } finally {
      if (isAlone) {
        starts.end();
      }
    }
  }

  /** Whether a pipe is open still: native code of the application's may have closed it. */
  public boolean isOpen(String pipe) {
    return !proc.own().descriptors(pipe).isEmpty();
  }

  /** Ends the sentinel, which cannot be told anything any more. */
  public void endSentinel() {
    ProcessId deaf = family.sentinel();
    if (deaf != null && proc.isAlive(deaf)) {
      // Looks at the start time once more.
      ProcessHandle handle = ProcessHandle.of(deaf.pid()).orElse(null);
      if (handle != null) {
        handle.destroyForcibly();
      }
    }
  }

  /** Where the JDK has no thread to wait for the process (Process.onExit), it lets it run. */
  private Process startOrAbandon(ProcessBuilder builder) throws IOException {
    try {
      return startUnrecorded(builder);
    } catch (OutOfMemoryError noThread) {
      endUnheld(builder.command());
      throw new IOException(noThread.getMessage(), noThread);
    }
  }

  private void endUnheld(List<String> command) {
    // setsid(1) becomes what it is to start.
    String words = String.join(" ", command.subList(1, command.size()));
    for (ProcessInfo child : family.childrenOf(proc.self(), proc)) {
      int pid = child.id().pid();
      if (family.get(child.id()) == null && proc.details(pid).commandLine().endsWith(words)) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private Process startUnrecorded(ProcessBuilder builder) throws IOException {
    starting.set(true);
    try {
      return seam == null ? builder.start() : startUntold(builder);
    } catch (IOException refused) {
      throw new IOException(
          "cannot run " + builder.command().get(0) + ": " + refused.getMessage(), refused);
    } finally {
      starting.remove();
    }
  }

  private Process startUntold(ProcessBuilder builder) throws IOException {
    try {
      return seam.start(builder);
    } catch (LinkageError otherJdk) {
      // The method is the JDK's own affair; where it has another, a logger is told.
      return builder.start();
    }
  }

  /** Begins a start through the seam, as an application does, that cannot succeed. */
  void tryTheSeam() {
    starting.set(true);
    try {
      // An empty command goes all the way to start(Redirect[]) and throws there.
      new ProcessBuilder(List.of()).start();
    } catch (RuntimeException | IOException expected) {
      // An IndexOutOfBoundsException, as ProcessBuilder.start() documents.
    } finally {
      starting.remove();
    }
  }

  /** Whether the start in progress on this thread is the agent's own. */
  boolean isStarting() {
    return starting.get() != null;
  }
}
