package io.reaper.core.sentinel;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.MarkedOrphans;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.ProcessGroup;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.KillLog;
import io.reaper.core.end.Report;
import io.reaper.core.end.Targets.Target;
import io.reaper.core.end.Termination;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.InterruptedStarts;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Ends what a worker that has died has left, as its ledger shows it. */
final class DeadWorker {
  private final ProcFs proc;
  private final Posix posix;
  private final int self;
  private final LedgerContents ledger;
  private final Options options;
  private final Claim claim;
  private final Log told;
  private boolean isUnsure;

  /** Creates it, and ends nothing yet. */
  DeadWorker(
      ProcFs proc,
      Posix posix,
      int self,
      LedgerContents ledger,
      Options options,
      Claim claim,
      Log told) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
    this.ledger = ledger;
    this.options = options;
    this.claim = claim;
    this.told = told;
  }

  /**
   * Whether it has just died: later, a process that carries its mark may have been started by one
   * that may live on.
   */
  private boolean hasJustDied() {
    return claim != Claim.IF_ABANDONED;
  }

  /**
   * Whether the caller, or a process above it, would have to end: it was started below the dead
   * worker. It would leave itself, and take for left behind what it does itself.
   */
  boolean isAboveTheCaller() throws IOException {
    Set<Integer> line = new HashSet<>();
    Map<ProcessId, ProcessInfo> near = new LinkedHashMap<>();
    ProcessInfo at = proc.read(self);
    while (at != null && line.add(at.pid())) {
      near.put(at.id(), at);
      at = proc.read(at.parent());
    }
    for (ProcessInfo recorded : proc.read(ledger.processes().keySet())) {
      near.put(recorded.id(), recorded);
    }
    Snapshot all = new Snapshot(new ArrayList<>(near.values()));
    // On behalf of no process, as the caller and what is above it would be none of the targets.
    for (Target target : targets(WorkerFacts.GONE, ledger.processes(), modes(cgroup())).find(all)) {
      if (line.contains(target.id().pid())) {
        return true;
      }
    }
    return false;
  }

  private Cgroup cgroup() throws IOException {
    return ledger.cgroup().isEmpty() ? null : Cgroup.of(ledger.cgroup(), ledger.worker());
  }

  private List<Mode> modes(Cgroup cgroup) {
    // A job is always looked at: none of its members is taken for the worker's by the group's
    // number.
    int failed = proc.failedLooks();
    boolean group = ledger.group() != 0 && (ledger.job() || isGroupStillOurs());
    isUnsure = !group && proc.failedLooks() != failed;
    MarkedOrphans orphans = orphans();
    Subreaper subreaper = options.subreaper() ? new Subreaper(orphans) : null;
    // A subreaper's looks for orphans find those in the group, too.
    ProcessGroup members =
        group ? ProcessGroup.ofTheDead(ledger.job(), subreaper == null ? orphans : null) : null;
    return Mode.of(options, members, subreaper, cgroup);
  }

  /** Returns what finds the worker's orphans by their mark, or null if the mark proves nothing. */
  private MarkedOrphans orphans() {
    return hasJustDied() && ledger.mark() != 0
        ? new MarkedOrphans(ledger.mark(), ledger.worker(), proc)
        : null;
  }

  /**
   * Ends the dead worker's processes, and returns what has come of it.
   *
   * @param file the worker's ledger, or null if it has none
   * @param asking runs before the first process is sent the polite signal, or null
   */
  Sweeper.Outcome end(File file, Runnable asking) throws IOException {
    Cgroup cgroup = cgroup();
    List<Mode> modes = modes(cgroup);
    Map<ProcessId, Reason> recorded = new HashMap<>(ledger.processes());
    Sweeper.Outcome outcome = end(recorded, modes, asking);
    if (file != null && (options.children() || options.subreaper())) {
      for (ProcessInfo caught : InterruptedStarts.of(proc, file, ledger.worker())) {
        recorded.putIfAbsent(caught.id(), Reason.of("caught in the middle of its start"));
      }
      if (recorded.size() > ledger.processes().size()) {
        Sweeper.Outcome second = end(recorded, modes, asking);
        outcome = outcome == Sweeper.Outcome.DONE ? second : outcome;
      }
    }
    if (cgroup != null) {
      try {
        cgroup.close(self);
      } catch (IOException | InterruptedException refused) {
        told.warn("cannot remove the worker's cgroup: " + refused.getMessage());
      }
    }
    return outcome;
  }

  private Sweeper.Outcome end(Map<ProcessId, Reason> recorded, List<Mode> modes, Runnable asking) {
    Coverage coverage = targets(self, recorded, modes);
    // A worker that has ended its processes in order has given them their grace.
    long grace = SentinelCommand.hasEnded(ledger.orders()) ? 0 : options.graceMillis();
    // The worker in its orderly end, or one that was killed when it swept, has asked them to end:
    // many take a second signal for "at once".
    Signal polite = SentinelCommand.hasAsked(ledger.orders()) ? null : options.signal();
    Termination termination =
        new Cleanup(proc, self, told)
            .termination(polite, grace, posix, Map.of(), observation(), asking);
    Termination.Outcome outcome = termination.end(coverage);
    Report report = new Report(told, "worker " + ledger.worker().pid() + " is dead: ");
    report.tell(outcome);
    report.tellOfThoseKept(coverage.spared());
    if (!outcome.left().isEmpty()) {
      return Sweeper.Outcome.NOT_DONE;
    }
    return coverage.sawAll() && !isUnsure ? Sweeper.Outcome.DONE : Sweeper.Outcome.NOT_SEEN;
  }

  private Coverage targets(
      int caller, Map<ProcessId, ? extends Reason> recorded, List<Mode> modes) {
    WorkerFacts facts = WorkerFacts.of(ledger, WorkerFacts.GONE, recorded);
    return new Cleanup(proc, caller, told).targets(options, modes, ledger.kept(), facts);
  }

  private Observation observation() {
    Observation observation = Observation.unobserved(told);
    if (options.killLog() != null) {
      observation.tellOfKills(
          new KillLog(
              options.killLog().toFile(),
              hasJustDied() ? "sweeper" : "sweep",
              new WorkerInfo(
                  ledger.worker().pid(),
                  ledger.worker().start(),
                  proc.own().hostName(),
                  ledger.mainClass(),
                  // The sentinel of a worker has it swept by the worker's own JDK.
                  claim == Claim.SENTINELS_OWN ? Runtime.version().toString() : "",
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
