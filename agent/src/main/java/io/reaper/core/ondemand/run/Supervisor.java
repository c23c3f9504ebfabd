package io.reaper.core.ondemand.run;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Containment;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.KillLog;
import io.reaper.core.end.Report;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Child;
import io.reaper.core.family.ChildrenAtStart;
import io.reaper.core.family.Family;
import io.reaper.core.family.ForkedHere;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.NativeCode;
import io.reaper.core.family.OrphanWaits;
import io.reaper.core.family.Orphans;
import io.reaper.core.family.Sigchld;
import io.reaper.core.family.Starts;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.options.Options;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.spawn.OwnProcesses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Does for any command what Ray's raylet does: it is its parent, and a subreaper above it. While
 * the command lives nothing is killed, and orphans that end are reaped; when it ends, every process
 * below is killed.
 */
public final class Supervisor {
  /** The shell's status (POSIX, 2.8.2) for a command that exists and cannot be executed. */
  private static final int NOT_EXECUTABLE = 126;

  /** The shell's status (POSIX, 2.8.2) for a command that does not exist. */
  private static final int NOT_FOUND = 127;

  /** The status that env(1), timeout(1) and their like return when they fail themselves. */
  public static final int FAILED = 125;

  /** The first real-time signal that is free: the two before are the C library's (signal(7)). */
  private static final int FIRST_OF_REAL_TIME = 34;

  private static final int LAST = 64;

  /**
   * The signals that can be passed on: all but SIGKILL, those that stop and continue, those of a
   * fault of the JVM's own, and those that it or the C library needs; at the end those of real time
   * (signal(7)).
   */
  private static final int[] ALL = signals();

  private static int[] signals() {
    int[] standard = {1, 2, 3, 10, 12, 14, 15, 16, 23, 26, 27, 28, 29, 30, 31};
    int[] signals = Arrays.copyOf(standard, standard.length + LAST - FIRST_OF_REAL_TIME + 1);
    int count = standard.length;
    for (int each = FIRST_OF_REAL_TIME; each <= LAST; each++) {
      signals[count++] = each;
    }
    return signals;
  }

  /** The signals that the JDK can catch, from before the command is there. */
  private static final List<Signal> CAUGHT =
      List.of(Signal.TERM, Signal.INT, Signal.HUP, Signal.USR2, Signal.WINCH);

  /**
   * The signals that the terminal sends to all of the foreground group, of which the command is a
   * member.
   */
  private static final Set<Signal> FROM_TERMINAL = Set.of(Signal.INT, Signal.WINCH);

  private final ProcFs proc;
  private final LazyPosix posix;
  private final AtomicReference<Options> options;
  private final Log log;
  private final int self;
  private final Family family;
  private final Containment containment;
  private final Starts starts = new Starts();
  private final Sigchld sigchld;
  private final NativeCode none = NativeCode.irrelevant();
  private final List<Signal> early = new ArrayList<>();
  private Process command;

  /**
   * Runs one command.
   *
   * @param options those of a worker in subreaper mode
   */
  public Supervisor(ProcFs proc, LazyPosix posix, Options options, Log log) {
    this.proc = proc;
    this.posix = posix;
    this.options = new AtomicReference<>(options);
    this.log = log;
    this.self = proc.self();
    this.family = new Family(log);
    this.containment = new Containment(this.options, self, proc, family, posix, log);
    this.sigchld = new Sigchld(family, starts, posix, none, log);
  }

  /**
   * Runs the command to its end, and returns its status: 128 and the signal's number for a signal.
   */
  public int run(List<String> command) {
    String distrust = proc.numberSpace().whyNotToTrust("not starting " + command.get(0));
    if (distrust != null) {
      log.error(distrust);
      return FAILED;
    }
    // These are what an entry script has started before it became this JVM.
    family.leaveAlone(ChildrenAtStart.of(null, proc, self));
    family.kept().countMarks(options.get().keepMarked());
    containment.enter();
    if (!containment.isSubreaper()) {
      log.error("cannot be a subreaper; not starting " + command.get(0));
      return FAILED;
    }
    catchSignals();
    CrashGuard guard = crashGuard();
    // HotSpot before JDK 21 blocks SIGQUIT in all threads but one, and children inherit that.
    posix.unblock(Signal.QUIT);
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException refused) {
      leave(guard, true);
      log.error(refused.getMessage());
      // ENOENT and EACCES (errno(3)) are in the JDK's message alone, and not the same in all of
      // them.
      return refused.getMessage().matches(".*error[=:] ?2\\b.*") ? NOT_FOUND : NOT_EXECUTABLE;
    }
    started(process);
    try {
      return supervise(process, command, guard);
    } catch (RuntimeException | Error unexpected) {
      String killed = process.isAlive() ? ", and has killed it: " : ": ";
      process.destroyForcibly();
      log.error("could not supervise " + command.get(0) + killed + unexpected);
      return FAILED;
    }
  }

  /**
   * Returns what ends the command when this JVM is killed; a PID namespace ends with its first
   * process.
   */
  private CrashGuard crashGuard() {
    if (self == ProcessId.INIT) {
      return null;
    }
    CrashGuard guard =
        new CrashGuard(
            options,
            proc,
            family,
            containment,
            starts,
            new OwnProcesses(proc, family, containment, starts, sigchld, null),
            posix,
            log);
    guard.start();
    return guard;
  }

  private static void leave(CrashGuard guard, boolean certain) {
    if (guard != null) {
      guard.end(certain);
    }
  }

  private int supervise(Process process, List<String> words, CrashGuard guard) {
    ProcessInfo info = proc.read((int) process.pid());
    if (info != null) {
      String[] argv = words.toArray(new String[0]);
      family.add(new Child(info.id(), process, argv, System.currentTimeMillis(), "main", null));
    }
    Observation unobserved = Observation.unobserved(log);
    Orphans orphans =
        new Orphans(
            self,
            proc,
            family,
            posix,
            starts,
            sigchld,
            facts().provenance(proc),
            new ForkedHere(self, proc, none, 0),
            new OrphanWaits(),
            unobserved,
            log);
    Housekeeper housekeeper = new Housekeeper(family, starts.flag(), proc, unobserved, log);
    housekeeper.lookAfter(() -> orphans);
    housekeeper.wake();
    int status = waitFor(process);
    // Its number may be another process's from now on.
    posix.passOn(ALL, 0);
    if (options.get().killLog() != null) {
      unobserved.tellOfKills(
          new KillLog(
              options.get().killLog().toFile(),
              "run",
              new WorkerInfo(
                  (int) process.pid(),
                  0,
                  proc.own().hostName(),
                  words.get(0),
                  "",
                  ((AgentClassLoader) Supervisor.class.getClassLoader()).version(),
                  Mode.names(containment.modes())),
              "status " + status,
              log));
    }
    Cleanup cleanup = new Cleanup(proc, self, log);
    Coverage coverage =
        cleanup.targets(options.get(), containment.modes(), family.kept().all(), facts());
    Runnable asking = guard == null ? null : guard::asksToEnd;
    Termination termination =
        cleanup.termination(options.get(), posix, family.all(), unobserved, asking);
    Termination.Outcome outcome = termination.end(coverage);
    new Report(log, words.get(0) + " has ended: ").tell(outcome);
    leave(guard, !outcome.foundProcesses() && coverage.sawAll());
    return status;
  }

  /** Returns the facts without what is recorded: the command is the first of the descendants. */
  private WorkerFacts facts() {
    return new WorkerFacts(
        self,
        0,
        0,
        WorkerFacts.UNKNOWN,
        family.bystanders(),
        containment.mark(),
        Map.of(),
        family.sentinel());
  }

  /** Catches signals from before the command is there, as one may come at any moment. */
  private void catchSignals() {
    for (Signal each : CAUGHT) {
      try {
        SignalRelay.relay(each.name(), name -> passOn(each));
      } catch (ReflectiveOperationException refused) {
        Throwable cause = refused.getCause() == null ? refused : refused.getCause();
        log.warn("cannot pass on SIG" + each.name() + ": " + cause.getMessage());
      }
    }
  }

  /**
   * Passes signals on from now on: after the fork, because the command must inherit nothing but
   * default dispositions.
   */
  private synchronized void started(Process process) {
    command = process;
    int answer = posix.passOn(ALL, (int) process.pid());
    if (answer < 0) {
      log.info("signals other than " + CAUGHT + " are not passed on (errno " + -answer + ")");
    }
    early.forEach(this::passOn);
  }

  private synchronized void passOn(Signal caught) {
    ProcessInfo me = FROM_TERMINAL.contains(caught) ? proc.me() : null;
    if (me != null && proc.details(self).foregroundGroup() == me.group()) {
      return;
    }
    if (command == null) {
      early.add(caught);
    } else if (command.isAlive()) {
      posix.kill((int) command.pid(), caught);
    }
  }

  private static int waitFor(Process process) {
    while (true) {
      try {
        return process.waitFor();
      } catch (InterruptedException again) {
        Thread.yield();
      }
    }
  }
}
