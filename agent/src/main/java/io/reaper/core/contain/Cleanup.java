package io.reaper.core.contain;

import io.reaper.core.end.SystemWorld;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Child;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Puts together which processes must die with a worker, and how: for its orderly end, for the sweep
 * after a crash, for {@code run}, for JMX and for {@code tree}, which shows what an end would do.
 */
public final class Cleanup {
  private final ProcFs proc;
  private final int self;
  private final Log log;

  /**
   * Creates the cleanup; it reads through that reader, on behalf of the process of that pid, which
   * is never a target.
   */
  public Cleanup(ProcFs proc, int self, Log log) {
    this.proc = proc;
    this.self = self;
    this.log = log;
  }

  /**
   * Returns which processes must die.
   *
   * @param kept processes that may outlive the worker beside those that the options name
   * @param facts what is known of the worker, asked anew at each look
   */
  public Coverage targets(
      Options options, List<Mode> modes, Set<ProcessId> kept, Supplier<WorkerFacts> facts) {
    KeepList keep = new KeepList(options.keep(), options.keepMarked(), kept, proc);
    return new Coverage(proc, modes, keep, facts, self, log);
  }

  /** Returns the same without regard to what may outlive the worker. */
  public Coverage targetsWithoutKeeping(List<Mode> modes, Supplier<WorkerFacts> facts) {
    return new Coverage(proc, modes, KeepList.keepingNothing(proc), facts, self, log);
  }

  /**
   * Returns how they die.
   *
   * @param children this JVM's own children that the JDK has not collected yet
   * @param asking runs before the first process is sent the polite signal, or null
   */
  public Termination termination(
      Options options,
      Posix posix,
      Map<ProcessId, Child> children,
      Observation observation,
      Runnable asking) {
    return termination(
        options.signal(), options.graceMillis(), posix, children, observation, asking);
  }

  /**
   * Returns how they die with that signal, or null for none, and that grace, whatever the options
   * say.
   */
  public Termination termination(
      Signal signal,
      long graceMillis,
      Posix posix,
      Map<ProcessId, Child> children,
      Observation observation,
      Runnable asking) {
    return new Termination(
        posix, new SystemWorld(proc, children, asking), signal, graceMillis, observation);
  }
}
