package io.reaper.core.sentinel;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.ProcessGroup;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.KillLog;
import io.reaper.core.end.Report;
import io.reaper.core.end.Termination;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.InterruptedStarts;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Ends what a worker that has died has left, as its ledger shows it. */
final class DeadWorker {
  private final ProcFs proc;
  private final Posix posix;
  private final int self;
  private final LedgerContents ledger;
  private final Options options;
  private final String jdk;
  private final Log told;

  /**
   * Creates it, and ends nothing yet.
   *
   * @param jdk what the worker ran on, or empty if that is not known
   */
  DeadWorker(
      ProcFs proc,
      Posix posix,
      int self,
      LedgerContents ledger,
      Options options,
      String jdk,
      Log told) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
    this.ledger = ledger;
    this.options = options;
    this.jdk = jdk;
    this.told = told;
  }

  /**
   * Ends the dead worker's processes. Returns whether none is left.
   *
   * @param file the worker's ledger, or null if it has none
   * @param hasJustDied later, a process that carries its mark may have been started by one that may
   *     live on
   */
  boolean end(File file, boolean hasJustDied) throws IOException {
    // A job is always looked at: none of its members is taken for the worker's by the group's
    // number.
    boolean group = ledger.group() != 0 && (ledger.job() || isGroupStillOurs());
    Cgroup cgroup = ledger.cgroup().isEmpty() ? null : Cgroup.of(ledger.cgroup(), ledger.worker());
    Subreaper subreaper = Subreaper.of(ledger, options, hasJustDied, proc);
    ProcessGroup members = group ? ProcessGroup.of(ledger.group(), ledger.job()) : null;
    List<Mode> modes = Mode.of(options, members, subreaper, cgroup);
    Map<ProcessId, Reason> recorded = new HashMap<>(ledger.processes());
    boolean all = end(recorded, modes, hasJustDied);
    if (file != null && (options.children() || options.subreaper())) {
      for (ProcessInfo caught : InterruptedStarts.of(proc, file, ledger.worker())) {
        recorded.putIfAbsent(caught.id(), Reason.of("caught in the middle of its start"));
      }
      if (recorded.size() > ledger.processes().size()) {
        all &= end(recorded, modes, hasJustDied);
      }
    }
    if (cgroup != null) {
      try {
        cgroup.close(self);
      } catch (IOException | InterruptedException refused) {
        told.warn("cannot remove the worker's cgroup: " + refused.getMessage());
      }
    }
    return all;
  }

  private boolean end(Map<ProcessId, Reason> recorded, List<Mode> modes, boolean hasJustDied) {
    WorkerFacts facts = WorkerFacts.of(ledger, WorkerFacts.GONE, recorded);
    Cleanup cleanup = new Cleanup(proc, self, told);
    Coverage coverage = cleanup.targets(options, modes, ledger.kept(), facts);
    Termination termination =
        cleanup.termination(options, posix, Map.of(), observation(hasJustDied));
    Termination.Outcome outcome = termination.end(coverage);
    Report report = new Report(told, "worker " + ledger.worker().pid() + " is dead: ");
    report.tell(outcome);
    report.tellOfThoseKept(coverage.spared());
    return outcome.left().isEmpty();
  }

  private Observation observation(boolean hasJustDied) {
    Observation observation = Observation.unobserved(told);
    if (options.killLog() != null) {
      observation.tellOfKills(
          new KillLog(
              options.killLog().toFile(),
              hasJustDied ? "sweeper" : "sweep",
              new WorkerInfo(
                  ledger.worker().pid(),
                  ledger.worker().start(),
                  proc.own().hostName(),
                  ledger.mainClass(),
                  jdk,
                  ((AgentClassLoader) DeadWorker.class.getClassLoader()).version(),
                  String.join("+", SentinelCommand.modes(ledger.orders()))),
              SentinelCommand.hasEnded(ledger.orders()) ? KillLog.ORDERLY : KillLog.CRASH,
              told));
    }
    return observation;
  }

  /**
   * Whether the number of the worker's group is still its own: it stays taken while a member lives
   * (setpgid(2)), but later it may lead another's. One member that is recorded, or carries the mark
   * of this worker's descendants, says that it was never free.
   */
  private boolean isGroupStillOurs() {
    ProcessInfo leader = proc.read(ledger.group());
    if (leader != null) {
      return leader.id().equals(ledger.worker());
    }
    for (ProcessInfo process : proc.read(ledger.processes().keySet())) {
      if (process.group() == ledger.group()) {
        return true;
      }
    }
    for (ProcessInfo process : proc.snapshot().processes()) {
      if (process.group() == ledger.group()
          && process.session() == ledger.session()
          && ledger.mark() != 0
          && Long.valueOf(ledger.mark()).equals(proc.details(process.pid()).softLimitOnLocks())) {
        return true;
      }
    }
    return false;
  }
}
