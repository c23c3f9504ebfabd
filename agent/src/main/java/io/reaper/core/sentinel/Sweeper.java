package io.reaper.core.sentinel;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Keep;
import io.reaper.core.contain.Kin;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.end.Report;
import io.reaper.core.end.SystemWorld;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Ledger;
import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessId;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Ends what a dead worker has left behind, from its ledger, with the same means as the exit hook.
 */
public final class Sweeper {
  private final ProcFs proc;
  private final Posix posix;
  private final int self;
  private final Log log;

  /** Says what it does in that log. */
  public Sweeper(ProcFs proc, Posix posix, int self, Log log) {
    this.proc = proc;
    this.posix = posix;
    this.self = self;
    this.log = log;
  }

  /** Sweeps for every dead worker of that directory; answers how many there were. */
  public int sweepAll(LedgerDirectory directory) {
    int dead = 0;
    for (File ledger : directory.ofTheDead(proc)) {
      dead += sweep(ledger, false) ? 1 : 0;
    }
    return dead;
  }

  /**
   * Sweeps for one worker, and removes its ledger. Answers false if there was nothing to do: the
   * worker lives, or somebody else is at it, or the ledger is not to be trusted, which is said.
   */
  public boolean sweep(File file) {
    return sweep(file, true);
  }

  private boolean sweep(File file, boolean atOnce) {
    if (!file.exists()) {
      log.warn("the ledger " + file + " is gone; what it named is not swept up");
      return false;
    }
    try {
      PrivateDirectory.checkFile(file);
      try (RandomAccessFile access = new RandomAccessFile(file, "rw");
          FileLock lock = access.getChannel().tryLock()) {
        return lock != null && sweep(file, Ledger.read(file), atOnce);
      }
    } catch (IOException | OptionException refused) {
      log.warn(
          "the ledger "
              + file
              + " is not to be trusted, and nobody is killed: "
              + refused.getMessage());
      return false;
    }
  }

  private boolean sweep(File file, Ledger.Contents ledger, boolean atOnce)
      throws IOException, OptionException {
    if (!ledger.numbersOf().startsWith(proc.bootId())) {
      log.info("the ledger " + file + " is from before the last boot");
      return file.delete();
    }
    if (!ledger.numbersOf().equals(proc.placeOfNumbers()) || proc.isAlive(ledger.worker())) {
      return false;
    }
    end(file, ledger, atOnce);
    return file.delete();
  }

  /**
   * Whether the number of the worker's group has been its own ever since: it stays taken while a
   * member lives (setpgid(2)), but later it may lead another's.
   */
  private boolean isGroupStillOurs(Ledger.Contents ledger, boolean atOnce) {
    ProcessInfo leader = proc.read(ledger.group());
    if (leader != null) {
      return leader.id().equals(ledger.worker());
    }
    for (ProcessInfo process : proc.read(ledger.processes().keySet())) {
      if (process.group() == ledger.group()) {
        return true;
      }
    }
    return atOnce;
  }

  /** What cannot be said is done all the same. */
  private Log open(Options options) {
    try {
      return options.openLog();
    } catch (OptionException refused) {
      log.warn(refused.getMessage());
      return log;
    }
  }

  private void end(File file, Ledger.Contents ledger, boolean atOnce)
      throws OptionException, IOException {
    Options options = Options.parse(ledger.options(), new Properties(), Map.of());
    Log told = open(options);
    int group = ledger.group() != 0 && isGroupStillOurs(ledger, atOnce) ? ledger.group() : 0;
    Cgroup cgroup = ledger.cgroup().isEmpty() ? null : new Cgroup(new File(ledger.cgroup()));
    Subreaper subreaper = Subreaper.of(ledger, options, atOnce, proc);
    List<Mode> modes = Mode.of(options, group, subreaper, cgroup);
    Map<ProcessId, Object> recorded = new HashMap<>(ledger.processes());
    end(ledger, recorded, modes, options, told);
    if (options.children() || options.subreaper()) {
      for (ProcessInfo caught : proc.caughtInTheirStart(file, ledger.worker())) {
        recorded.putIfAbsent(caught.id(), "caught in the middle of its start");
      }
      if (recorded.size() > ledger.processes().size()) {
        end(ledger, recorded, modes, options, told);
      }
    }
    if (cgroup != null) {
      try {
        cgroup.close(self);
      } catch (IOException | InterruptedException refused) {
        told.warn("cannot remove the worker's cgroup: " + refused.getMessage());
      }
    }
  }

  /** If the worker did not live to enter it, the one who has started this. */
  private ProcessId sentinel(Ledger.Contents ledger) {
    if (ledger.sentinel() != null) {
      return ledger.sentinel();
    }
    ProcessInfo parent = proc.read(proc.read(self).parent());
    return parent == null ? null : parent.id();
  }

  private void end(
      Ledger.Contents ledger,
      Map<ProcessId, Object> recorded,
      List<Mode> modes,
      Options options,
      Log told) {
    Kin kin =
        new Kin(
            Kin.GONE,
            ledger.worker().start(),
            ledger.group(),
            Kin.UNKNOWN,
            ledger.bystanders(),
            ledger.mark(),
            recorded,
            sentinel(ledger));
    Keep keep = new Keep(options.keep(), ledger.kept(), proc);
    Coverage coverage = new Coverage(proc, modes, keep, kin, self, told);
    Termination termination =
        new Termination(
            posix,
            new SystemWorld(proc, Map.of()),
            options.signal(),
            options.graceMillis(),
            Observation.ofNobody(told));
    new Report(told, "worker " + ledger.worker().pid() + " is dead: ")
        .tell(termination.end(coverage));
  }
}
