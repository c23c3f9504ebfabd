package io.reaper.core.end;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Reason;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** A world in which processes die of what they are told to die of, and time is what was napped. */
class FakeWorld extends FakePosix implements World, Targets {
  private final List<FakeProcess> processes = new ArrayList<>();
  private final List<Set<ProcessId>> looks = new ArrayList<>();
  private int killedAtOnce;
  private boolean withoutLibrary;
  private long millis;
  private long lookMillis;
  private long blindFrom = Long.MAX_VALUE;
  private long blindUntil;
  private boolean sawAll = true;

  /** One process of that world. */
  final class FakeProcess {
    private final ProcessInfo info;
    private final Set<Signal> diesOf;
    private long millisToDie;
    private long deadSince = Long.MAX_VALUE;
    private boolean stopped;
    private boolean isAnothers;
    private Signal pending;
    private Runnable lastAct = () -> {};

    private FakeProcess(ProcessInfo info, Set<Signal> diesOf) {
      this.info = info;
      this.diesOf = diesOf;
      this.stopped = info.isStopped();
    }

    FakeProcess thatTakes(long millisToDie) {
      this.millisToDie = millisToDie;
      return this;
    }

    FakeProcess thatDoes(Runnable lastAct) {
      this.lastAct = lastAct;
      return this;
    }

    private boolean isAlive() {
      return millis < deadSince;
    }

    private void get(Signal signal) {
      if (signal == Signal.CONT) {
        stopped = false;
      } else if (stopped && signal != Signal.KILL) {
        pending = signal;
        return;
      }
      Signal effective = pending != null && !stopped ? pending : signal;
      if (diesOf.contains(effective) && deadSince == Long.MAX_VALUE) {
        deadSince = millis + millisToDie;
        lastAct.run();
      }
    }
  }

  FakeProcess process(int pid, char state, Signal... diesOf) {
    return process(pid, 10L * pid, state, diesOf);
  }

  FakeProcess process(int pid, long start, char state, Signal... diesOf) {
    ProcessInfo info = new ProcessInfo(new ProcessId(pid, start), state, 1, pid, pid, "p" + pid);
    FakeProcess process = new FakeProcess(info, Set.of(diesOf));
    processes.add(process);
    return process;
  }

  /** Ends on TERM, as most do. */
  FakeProcess obedient(int pid) {
    return process(pid, 'S', Signal.TERM, Signal.KILL);
  }

  /** Ends on SIGKILL alone. */
  FakeProcess deaf(int pid) {
    return process(pid, 'S', Signal.KILL);
  }

  /** May not be signalled by this user. */
  void anothers(int pid) {
    process(pid, 'S').isAnothers = true;
  }

  /** What can be sent without a C library: TERM and KILL. */
  void hasNoLibrary() {
    withoutLibrary = true;
  }

  /** How long each look lasts. */
  void looksTake(long lookMillis) {
    this.lookMillis = lookMillis;
  }

  /** When no process can be looked at, as without a free descriptor. */
  void looksFail(long from, long until) {
    blindFrom = from;
    blindUntil = until;
  }

  private boolean isBlind() {
    return blindFrom <= millis && millis < blindUntil;
  }

  /** The names of those alive. */
  List<Integer> alive() {
    return processes.stream().filter(FakeProcess::isAlive).map(p -> p.info.pid()).toList();
  }

  /** What each look was told of the looks before it. */
  List<Set<ProcessId>> looks() {
    return looks;
  }

  int killedAtOnce() {
    return killedAtOnce;
  }

  @Override
  public List<Target> find(Collection<ProcessId> found) {
    looks.add(Set.copyOf(found));
    millis += lookMillis;
    sawAll = !isBlind();
    return processes.stream()
        .filter(process -> sawAll && process.isAlive())
        .map(p -> new Target(p.info, Reason.of("child")))
        .toList();
  }

  @Override
  public boolean sawAll() {
    return sawAll;
  }

  @Override
  public boolean killInOneStroke() {
    killedAtOnce++;
    calls().add("killInOneStroke()");
    return false;
  }

  @Override
  public int kill(int pid, Signal signal) {
    super.kill(pid, signal);
    if (withoutLibrary && signal != Signal.TERM && signal != Signal.KILL) {
      return -ENOSYS;
    }
    for (FakeProcess process : List.copyOf(processes)) {
      if (process.info.pid() == pid && process.isAlive()) {
        if (process.isAnothers) {
          return -EPERM;
        }
        process.get(signal);
        return 0;
      }
    }
    return -Posix.ESRCH;
  }

  @Override
  public boolean isAlive(ProcessId id) {
    return !isBlind() && mayBeAlive(id);
  }

  @Override
  public boolean mayBeAlive(ProcessId id) {
    return processes.stream().anyMatch(p -> p.info.id().equals(id) && p.isAlive());
  }

  @Override
  public long upMillis() {
    return millis;
  }

  @Override
  public long millis() {
    return millis;
  }

  @Override
  public void nap(long howLong) {
    millis += howLong;
  }

  /** Ends those in this world, with TERM first unless the grace is 0. */
  Termination.Outcome end(long grace, Targets targets) {
    Observation unobserved = Observation.unobserved(Log.toStderr(Log.Level.OFF));
    return new Termination(this, this, Signal.TERM, grace, unobserved).end(targets);
  }

  static List<Integer> pids(List<Target> targets) {
    return targets.stream().map(target -> target.id().pid()).toList();
  }
}
