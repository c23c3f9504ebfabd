package io.reaper.core.contain;

import io.reaper.core.end.Targets;
import io.reaper.core.family.Provenance;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Finds what the modes that are on cover together, without the processes that may live on. */
public final class Coverage implements Targets {

  /**
   * Above this many children a scan of /proc is cheaper than one {@code children} file per thread:
   * the JDK has a waiting thread per child.
   */
  private static final int MANY = 50;

  private final ProcFs proc;
  private final List<Mode> modes;
  private final KeepList keep;
  private final Supplier<WorkerFacts> kin;
  private final int self;
  private final Log log;
  private final Ancestors above;
  private Provenance provenance;
  private int untold;
  private final Set<Integer> told = new HashSet<>();
  private boolean isWhole = true;

  /**
   * Creates the union of those modes.
   *
   * @param kin what is known of the worker, asked anew at each look
   * @param self the caller, which is never a target, and neither is init
   */
  public Coverage(
      ProcFs proc, List<Mode> modes, KeepList keep, Supplier<WorkerFacts> kin, int self, Log log) {
    this.proc = proc;
    this.modes = modes;
    this.keep = keep;
    this.kin = kin;
    this.self = self;
    this.log = log;
    above = new Ancestors(self, proc);
  }

  @Override
  public List<Target> find(Collection<ProcessId> found) {
    WorkerFacts known = kin.get();
    int before = failedLooks();
    List<Target> targets = select(look(known), known, found);
    isWhole = failedLooks() == before;
    return targets;
  }

  /** Returns the processes that an end would find in a world that looks like this. */
  public List<Target> find(Snapshot all) {
    return select(all, kin.get(), Set.of());
  }

  private List<Target> select(Snapshot all, WorkerFacts known, Collection<ProcessId> found) {
    Map<ProcessId, String> selected = selectOurs(modes, all, known, found);
    spareKept(all, known, selected);
    List<Target> targets = new ArrayList<>();
    for (ProcessInfo process : all.processes()) {
      String why = selected.get(process.id());
      if (why != null && mayDie(process, known)) {
        Target target = new Target(process, known.reason(process, all, why));
        if (!found.contains(process.id()) && known.mayShareMemory(process, proc)) {
          target.sharesMemory();
        }
        targets.add(target);
      }
    }
    return targets;
  }

  /** Returns what the modes select, without bystanders and what descends from them. */
  private Map<ProcessId, String> selectOurs(
      List<Mode> by, Snapshot all, WorkerFacts known, Collection<ProcessId> found) {
    Set<ProcessId> recorded = new HashSet<>(known.recorded().keySet());
    // What an earlier look has found was the worker's then, and may have lost its parent since.
    recorded.addAll(found);
    Provenance provenance = provenance(known);
    Map<ProcessId, String> selected = new LinkedHashMap<>();
    Set<ProcessId> proven = new HashSet<>();
    for (Mode mode : by) {
      boolean apart = mode.provesOrphans() || mode.holdsOthers();
      Map<ProcessId, String> its = apart ? new LinkedHashMap<>() : selected;
      try {
        mode.select(all, known, found, its);
      } catch (UncheckedIOException unread) {
        untold++;
      }
      if (mode.provesOrphans()) {
        proven.addAll(its.keySet());
      }
      if (mode.holdsOthers()) {
        // Before another mode takes what is below those.
        for (ProcessInfo process : all.processes()) {
          if (its.containsKey(process.id()) && !provenance.isKnown(process, all, recorded)) {
            its.remove(process.id());
          }
        }
      }
      if (apart) {
        its.forEach(selected::putIfAbsent);
      }
    }
    for (ProcessInfo process : all.processes()) {
      if (found.contains(process.id())) {
        // By a mode that does not see it any more: it has left the group, for one.
        selected.putIfAbsent(process.id(), Descent.DESCENDANT);
      }
      if (selected.containsKey(process.id())
          && !provenance.isOurs(process, all, recorded, proven.contains(process.id()))) {
        selected.remove(process.id());
      }
    }
    return selected;
  }

  /** Returns the same provenance for all looks, as it remembers the marks that it has seen. */
  private Provenance provenance(WorkerFacts known) {
    if (provenance == null) {
      provenance = known.provenance(proc);
    }
    return provenance;
  }

  @Override
  public List<Target> spared() {
    return keep.spared();
  }

  @Override
  public boolean sawAll() {
    return isWhole;
  }

  private int failedLooks() {
    return proc.failedLooks() + untold;
  }

  @Override
  public boolean killInOneStroke() {
    boolean struck = false;
    for (Mode mode : modes) {
      struck |= mode.killsInOneStroke() && killInOneStroke(mode);
    }
    return struck;
  }

  private boolean killInOneStroke(Mode mode) {
    try {
      mode.killInOneStroke(self, () -> keptMembers(mode));
      return true;
    } catch (IOException | UncheckedIOException refused) {
      log.warn("cannot kill the worker's cgroup at once: " + refused.getMessage());
      return false;
    }
  }

  private Set<Integer> keptMembers(Mode mode) throws IOException {
    int before = failedLooks();
    Snapshot all = proc.snapshot();
    WorkerFacts known = kin.get();
    Map<ProcessId, String> members = new LinkedHashMap<>();
    mode.select(all, known, List.of(), members);
    Set<Integer> kept = new HashSet<>();
    for (ProcessId id : members.keySet()) {
      kept.add(id.pid());
    }
    Map<ProcessId, String> selected = selectOurs(List.of(mode), all, known, List.of());
    spareKept(all, known, selected);
    for (ProcessId id : selected.keySet()) {
      kept.remove(id.pid());
    }
    for (int pid : hiddenMembers(mode, all)) {
      if (kept.add(pid) && told.add(pid)) {
        log.warn("process " + pid + " is left alone: /proc hides it, and it may be one to keep");
      }
    }
    kept.remove(self);
    if (failedLooks() != before) {
      throw new IOException("not all of its members could be looked at");
    }
    return kept;
  }

  private void spareKept(Snapshot all, WorkerFacts known, Map<ProcessId, String> selected) {
    Set<Integer> higher = above.numbers(known.sentinel());
    Set<Integer> top = higher == null ? new HashSet<>() : new HashSet<>(higher);
    top.add(known.worker());
    keep.spare(all, selected, top);
  }

  /** Returns the members that /proc hides: whether one of them is to be kept cannot be told. */
  private Set<Integer> hiddenMembers(Mode mode, Snapshot all) throws IOException {
    Set<Integer> hidden = new HashSet<>();
    for (int pid : keep.namesAny() ? mode.members() : Set.<Integer>of()) {
      if (pid > ProcessId.INIT && all.get(pid) == null && proc.read(pid) == null) {
        hidden.add(pid);
      }
    }
    if (!hidden.isEmpty()) {
      // What has ended meanwhile is no member any more.
      hidden.retainAll(mode.members());
    }
    return hidden;
  }

  @Override
  public List<Target> newOrphans() {
    List<Target> newOrphans = new ArrayList<>();
    int before = failedLooks();
    WorkerFacts known = kin.get();
    for (Mode mode : modes) {
      List<ProcessInfo> orphans = mode.newOrphans(proc, known, self);
      for (ProcessInfo orphan : provenance(known).ownOf(orphans, known.recorded().keySet())) {
        if (mayDie(orphan, known) && !keep.isKept(orphan)) {
          newOrphans.add(
              new Target(orphan, known.descent(orphan, Snapshot.NONE, Descent.DESCENDANT)));
        }
      }
    }
    isWhole &= failedLooks() == before;
    return newOrphans;
  }

  @Override
  public List<Target> hidden() {
    List<Target> hidden = new ArrayList<>();
    WorkerFacts known = kin.get();
    if (modes.isEmpty() || known.worker() != self) {
      return hidden;
    }
    for (int pid : proc.hiddenChildren()) {
      if (!known.isBystander(pid) && !keep.remembers(pid)) {
        hidden.add(known.hiddenChild(pid));
      }
    }
    return hidden;
  }

  private boolean mayDie(ProcessInfo process, WorkerFacts known) {
    if (process.isZombie()
        || process.id().equals(known.sentinel())
        || process.pid() == ProcessId.INIT) {
      return false;
    }
    Set<Integer> spared = above.numbers(known.sentinel());
    return spared != null && !spared.contains(process.pid());
  }

  /** Does once, on no process, what the end will do, so that its classes are loaded. */
  public void warmUp() {
    select(Snapshot.NONE, kin.get(), Set.of());
  }

  /**
   * Returns the processes to select from: to read every process takes milliseconds, and a worker
   * with few children needs only those.
   */
  private Snapshot look(WorkerFacts known) {
    if (known.recorded().size() > MANY || Mode.lookBeyondChildren(modes)) {
      return proc.snapshot();
    }
    Map<ProcessId, ProcessInfo> processes = new LinkedHashMap<>();
    for (ProcessInfo child : proc.children(known.worker())) {
      processes.put(child.id(), child);
    }
    for (ProcessInfo recorded : proc.read(known.recorded().keySet())) {
      processes.put(recorded.id(), recorded);
    }
    return new Snapshot(new ArrayList<>(processes.values()));
  }
}
