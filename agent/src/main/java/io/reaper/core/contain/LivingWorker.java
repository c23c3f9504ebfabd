package io.reaper.core.contain;

import io.reaper.core.end.Termination;
import io.reaper.core.family.Family;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Shows this JVM as a worker: which processes are its own at this moment, and which would die with
 * it.
 */
public final class LivingWorker implements Supplier<WorkerFacts> {
  private final AtomicReference<Options> options;
  private final ProcFs proc;
  private final int self;
  private final Family family;
  private final Containment containment;
  private final Posix posix;
  private final Observation observation;
  private final Log log;

  /**
   * Creates the view; looks at nothing before it is asked.
   *
   * @param options those that hold at the moment
   */
  public LivingWorker(
      AtomicReference<Options> options,
      ProcFs proc,
      int self,
      Family family,
      Containment containment,
      Posix posix,
      Observation observation,
      Log log) {
    this.options = options;
    this.proc = proc;
    this.self = self;
    this.family = family;
    this.containment = containment;
    this.posix = posix;
    this.observation = observation;
    this.log = log;
  }

  /** Returns what is known of the worker now. */
  @Override
  public WorkerFacts get() {
    return new WorkerFacts(
            self,
            containment.since(),
            containment.group(),
            containment.session(),
            family.bystanders(),
            containment.mark(),
            family.all(),
            family.sentinel())
        .tracedBy(family.lineage());
  }

  /** Returns those of this JVM's children that are the worker's, adopted ones included. */
  public List<ProcessInfo> children() {
    List<ProcessInfo> children = family.childrenOf(self, proc);
    return children.isEmpty()
        ? children
        : get().provenance(proc).ownOf(children, family.all().keySet());
  }

  /**
   * Returns which processes would die now: the modes may have been entered beside main a moment
   * ago.
   */
  public Coverage targets() {
    return cleanup().targets(options.get(), containment.modes(), family.kept().all(), this);
  }

  /**
   * Returns how they would die; a new one for each time.
   *
   * @param asking runs before the first process is sent the polite signal, or null
   */
  public Termination termination(Runnable asking) {
    return cleanup().termination(options.get(), posix, family.all(), observation, asking);
  }

  private Cleanup cleanup() {
    return new Cleanup(proc, self, log);
  }

  /** Returns the command of one of the worker's processes; empty if the process is gone. */
  public String command(int pid) {
    return proc.details(pid).commandLine();
  }

  /** Returns every option as it holds now, by its key. */
  public Map<String, String> options() {
    return options.get().effective();
  }

  /** Whether the worker's sentinel is alive. */
  public boolean isWatched() {
    ProcessId sentinel = family.sentinel();
    return sentinel != null && proc.isAlive(sentinel);
  }

  /** Returns the keys of the modes that the worker is in. */
  public List<String> modeNames() {
    List<String> names = new ArrayList<>();
    for (Mode mode : containment.modes()) {
      names.add(mode.key());
    }
    return names;
  }
}
