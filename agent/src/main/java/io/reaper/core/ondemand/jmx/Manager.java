package io.reaper.core.ondemand.jmx;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.LivingWorker;
import io.reaper.core.end.Targets;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Child;
import io.reaper.core.family.Family;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells operators about the worker, and kills and keeps its processes when they say so. */
public final class Manager implements ReaperMXBean {
  private final LivingWorker worker;
  private final Family family;
  private final Starts starts;
  private final Observation observation;
  private final Log log;

  /** Creates the manager of this JVM. */
  public Manager(
      LivingWorker worker, Family family, Starts starts, Observation observation, Log log) {
    this.worker = worker;
    this.family = family;
    this.starts = starts;
    this.observation = observation;
    this.log = log;
  }

  @Override
  public String getVersion() {
    return ((AgentClassLoader) Manager.class.getClassLoader()).version();
  }

  @Override
  public List<String> getModes() {
    return worker.modeNames();
  }

  @Override
  public List<ChildRow> getChildren() {
    List<ChildRow> rows = new ArrayList<>();
    for (ProcessInfo child : worker.children()) {
      if (!child.isZombie()) {
        boolean kept = family.kept().all().contains(child.id());
        Child recorded = family.get(child.id());
        Child ancestor = recorded == null ? family.ancestorOf(child.id()) : null;
        String below = ancestor == null ? "" : ancestor.startedBy();
        rows.add(
            recorded == null
                ? new ChildRow(child, null, worker.command(child.pid()), below, kept)
                : new ChildRow(
                    child,
                    recorded,
                    String.join(" ", recorded.command()),
                    recorded.startedBy(),
                    kept));
      }
    }
    return rows;
  }

  @Override
  public List<DescendantRow> getDescendants() {
    Set<ProcessId> children = new HashSet<>();
    for (ProcessInfo child : worker.children()) {
      children.add(child.id());
    }
    List<DescendantRow> rows = new ArrayList<>();
    for (Targets.Target target : worker.targets().find(List.of())) {
      if (!children.contains(target.id()) && family.get(target.id()) == null) {
        rows.add(new DescendantRow(target, worker.command(target.id().pid())));
      }
    }
    return rows;
  }

  @Override
  public Map<String, String> getOptions() {
    return worker.options();
  }

  @Override
  public boolean isSentinelAlive() {
    return worker.isWatched();
  }

  @Override
  public boolean isLedgerOk() {
    return family.isLedgerWhole();
  }

  @Override
  public int getLivingChildren() {
    return family.all().size();
  }

  @Override
  public long getStarted() {
    return observation.started();
  }

  @Override
  public long getExited() {
    return observation.exited();
  }

  @Override
  public long getAdopted() {
    return observation.adopted();
  }

  @Override
  public long getReaped() {
    return observation.reaped();
  }

  @Override
  public long getKilled() {
    return observation.killed();
  }

  @Override
  public boolean kill(int pid) {
    Targets.Target one = covered(pid);
    log.warn(
        "kills " + one.process().name() + "[" + pid + "], asked by JMX (" + one.reason() + ")");
    Only only = new Only(one.id());
    Termination.Outcome outcome = worker.termination(null).end(only);
    // One that no look has shown may have ended by itself, if looks show what is there.
    return outcome.areAllDead() && (only.sawAll() || !outcome.ended().isEmpty());
  }

  @Override
  public int killAll() {
    int killed = worker.termination(null).end(new AllButTheWorker()).ended().size();
    log.warn("killed " + killed + (killed == 1 ? " process" : " processes") + ", asked by JMX");
    return killed;
  }

  @Override
  public void keep(int pid) {
    Targets.Target one = covered(pid);
    if (!family.kept().keep(one.id())) {
      throw new IllegalStateException(
          "process "
              + pid
              + " is not kept: the ledger cannot be written, so it would not outlive a crash");
    }
    log.info("keeps " + one.process().name() + "[" + pid + "], asked by JMX");
  }

  private Targets.Target covered(int pid) {
    Targets all = worker.targets();
    for (Targets.Target target : all.find(List.of())) {
      if (target.id().pid() == pid) {
        return target;
      }
    }
    throw new IllegalArgumentException(
        "process "
            + pid
            + " is left alone: it is not covered by "
            + String.join("+", worker.modeNames())
            + ", or is kept, or has ended"
            + (all.sawAll() ? "" : ", or could not be looked at (too many open files)"));
  }

  /**
   * Looks while no start is under way: a child between vfork(2) and execve(2) has this JVM's signal
   * handlers, and SIGTERM to it would end the worker. What is found has become a program, and may
   * be signalled, unless native code calls vfork(2) by itself, or a start hangs.
   */
  private List<Targets.Target> look(Targets targets, Collection<ProcessId> found) {
    try {
      starts.suspend();
      return targets.find(found);
    } finally {
      starts.resume();
    }
  }

  /**
   * Finds what there is to kill, but offers no single stroke, which would take the worker out of
   * its cgroup for good.
   */
  private class AllButTheWorker implements Targets {
    private final Targets all = worker.targets();

    @Override
    public List<Target> find(Collection<ProcessId> found) {
      return look(all, found);
    }

    @Override
    public List<Target> newOrphans() {
      return all.newOrphans();
    }

    @Override
    public boolean sawAll() {
      return all.sawAll();
    }

    @Override
    public List<Target> spared() {
      return all.spared();
    }
  }

  private final class Only extends AllButTheWorker {
    private final ProcessId id;

    Only(ProcessId id) {
      this.id = id;
    }

    @Override
    public List<Target> find(Collection<ProcessId> found) {
      List<Target> only = new ArrayList<>();
      for (Target target : super.find(found)) {
        if (target.id().equals(id)) {
          only.add(target);
        }
      }
      return only;
    }

    @Override
    public List<Target> newOrphans() {
      return List.of();
    }
  }
}
