package io.reaper.core.run;

import io.reaper.core.contain.Birthmark;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Keep;
import io.reaper.core.contain.Kin;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.end.Report;
import io.reaper.core.end.SystemWorld;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Child;
import io.reaper.core.family.Family;
import io.reaper.core.family.ForkedHere;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.NativeCode;
import io.reaper.core.family.OrphanWaits;
import io.reaper.core.family.Orphans;
import io.reaper.core.family.ProcFs;
import io.reaper.core.family.ProcessInfo;
import io.reaper.core.family.Sigchld;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The raylet's part for any command: its parent, and a subreaper above it. While the command lives
 * nobody is killed, and orphans that end are reaped; when it ends, everybody below is killed.
 */
public final class Supervisor {
  /** The shell's statuses (POSIX, 2.8.2): there is the command, but it cannot be executed. */
  private static final int NOT_EXECUTABLE = 126;

  /** The shell's statuses (POSIX, 2.8.2): there is no such command. */
  private static final int NOT_FOUND = 127;

  /** What env(1), timeout(1) and their like answer when they fail themselves. */
  private static final int FAILED = 125;

  private static final List<Signal> PASSED_ON =
      List.of(Signal.TERM, Signal.INT, Signal.HUP, Signal.USR2, Signal.WINCH);

  /** Sent by the terminal to all of the foreground group, of which the command is a member. */
  private static final Set<Signal> FROM_TERMINAL = Set.of(Signal.INT, Signal.WINCH);

  private final ProcFs proc;
  private final LazyPosix posix;
  private final Signal signal;
  private final long graceMillis;
  private final Set<String> keep;
  private final boolean marked;
  private final Log log;
  private final int self;
  private final Family family;
  private long mark;
  private final List<Signal> early = new ArrayList<>();
  private Process command;

  /**
   * What is left when the command has ended gets that signal, that grace, and SIGKILL.
   *
   * @param keep names and paths of those that may live on
   * @param marked whether those may that were given REAPER_KEEP=true
   */
  public Supervisor(
      ProcFs proc,
      LazyPosix posix,
      Signal signal,
      long graceMillis,
      Set<String> keep,
      boolean marked,
      Log log) {
    this.proc = proc;
    this.posix = posix;
    this.signal = signal;
    this.graceMillis = graceMillis;
    this.keep = keep;
    this.marked = marked;
    this.log = log;
    this.self = proc.self();
    this.family = new Family(log);
  }

  /**
   * Runs the command to its end, and answers its status: 128 and the signal's number for a signal.
   */
  public int run(List<String> command) {
    String distrust = proc.whyNotToTrustNumbers("not starting " + command.get(0));
    if (distrust != null) {
      log.error(distrust);
      return FAILED;
    }
    int answer = posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    if (answer < 0) {
      log.error(
          "cannot be a subreaper: prctl(PR_SET_CHILD_SUBREAPER) answered errno "
              + -answer
              + "; not starting "
              + command.get(0));
      return FAILED;
    }
    // What an entry script has started before it became this JVM.
    family.leaveAlone(null, proc, self);
    long chosen = Birthmark.choose(self);
    mark = posix.setSoftLimit(Posix.RLIMIT_LOCKS, chosen) < 0 ? 0 : chosen;
    passOnSignals();
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException refused) {
      log.error(refused.getMessage());
      // ENOENT and EACCES (errno(3)) are in the JDK's message alone, and not the same in all of
      // them.
      return refused.getMessage().matches(".*error[=:] ?2\\b.*") ? NOT_FOUND : NOT_EXECUTABLE;
    }
    started(process);
    try {
      return supervise(process, command);
    } catch (RuntimeException | Error unexpected) {
      process.destroyForcibly();
      log.error("could not supervise " + command.get(0) + ", and has killed it: " + unexpected);
      return FAILED;
    }
  }

  private int supervise(Process process, List<String> words) {
    family.countMarks(marked);
    ProcessInfo info = proc.read((int) process.pid());
    if (info != null) {
      String[] argv = words.toArray(new String[0]);
      family.add(new Child(info.id(), process, argv, System.currentTimeMillis(), "main", null));
    }
    Observation unobserved = Observation.ofNobody(log);
    NativeCode none = NativeCode.ofNobody();
    Sigchld sigchld = new Sigchld(family, posix, none, log);
    Kin kin = new Kin(self, 0, 0, Kin.UNKNOWN, family.bystanders(), mark, Map.of(), null);
    Orphans orphans =
        new Orphans(
            self,
            proc,
            family,
            posix,
            sigchld,
            kin.provenance(proc),
            new ForkedHere(self, proc, none, 0),
            new OrphanWaits(),
            unobserved,
            log);
    Housekeeper housekeeper = new Housekeeper(family, proc, unobserved, log);
    housekeeper.lookAfter(() -> orphans);
    housekeeper.wake();
    int status = waitFor(process);
    Coverage coverage =
        new Coverage(
            proc,
            List.of(new Subreaper()),
            new Keep(keep, marked, family.kept(), proc),
            kin,
            self,
            log);
    Termination termination =
        new Termination(
            posix, new SystemWorld(proc, family.all()), signal, graceMillis, unobserved);
    Report report = new Report(log, words.get(0) + " has ended: ");
    report.tell(termination.end(coverage));
    report.tellOfThoseKept(coverage.spared());
    return status;
  }

  /** From before the command is there, as a signal may come at any moment. */
  private void passOnSignals() {
    for (Signal each : PASSED_ON) {
      try {
        SignalRelay.relay(each.label(), name -> passOn(each));
      } catch (ReflectiveOperationException refused) {
        Throwable cause = refused.getCause() == null ? refused : refused.getCause();
        log.warn("cannot pass on SIG" + each.label() + ": " + cause.getMessage());
      }
    }
  }

  private synchronized void started(Process process) {
    command = process;
    early.forEach(this::passOn);
  }

  private synchronized void passOn(Signal caught) {
    if (FROM_TERMINAL.contains(caught) && proc.foregroundGroup(self) == proc.read(self).group()) {
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
