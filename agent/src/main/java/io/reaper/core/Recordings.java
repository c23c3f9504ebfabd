package io.reaper.core;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.contain.Containment;
import io.reaper.core.contain.Mode;
import io.reaper.core.end.KillLog;
import io.reaper.core.jvm.MainClass;
import io.reaper.core.jvm.ShutdownHooks;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.ondemand.jfr.JfrObserver;
import io.reaper.core.ondemand.report.ReportRecorder;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessInfo;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Records what becomes of the worker's processes: on the page, in the kill log, and in JFR if that
 * runs.
 */
final class Recordings implements Supplier<Observer> {
  private final Containment containment;
  private final ProcFs proc;
  private final Log log;
  private final Observation observation;
  private volatile ReportRecorder report;
  private volatile KillLog killLog;
  private volatile JfrObserver jfr;
  private volatile Thread jfrHook;
  private Options current;

  /** Tells of this worker, with the modes that it is in when asked. */
  private final class Itself implements Supplier<WorkerInfo> {
    @Override
    public WorkerInfo get() {
      ProcessInfo self = proc.me();
      return new WorkerInfo(
          proc.self(),
          self == null ? 0 : self.id().start(),
          proc.own().hostName(),
          MainClass.name(),
          Runtime.version().toString(),
          ((AgentClassLoader) Recordings.class.getClassLoader()).version(),
          Mode.names(containment.modes()));
    }
  }

  /** Creates recordings that record nothing before they are asked to. */
  Recordings(Containment containment, ProcFs proc, Log log) {
    this.containment = containment;
    this.proc = proc;
    this.log = log;
    this.observation = new Observation(this, Observer.NONE, log);
  }

  Observation observation() {
    return observation;
  }

  /** Records from now on for the page and the kill log of these options, and for no others. */
  void follow(Options options) {
    if (current == null || !Objects.equals(current.report(), options.report())) {
      recordFor(options.report());
    }
    if (current == null || !Objects.equals(current.killLog(), options.killLog())) {
      logKillsTo(options.killLog());
    }
    current = options;
  }

  private void recordFor(Path page) {
    report = page == null ? null : new ReportRecorder(page, new Itself(), log);
    observation.tellInFull(report == null ? Observer.NONE : report);
  }

  private void logKillsTo(Path file) {
    killLog =
        file == null
            ? null
            : new KillLog(file.toFile(), "worker", new Itself(), KillLog.RUNNING, log);
    observation.tellOfKills(killLog == null ? Observer.NONE : killLog);
  }

  /** Takes note that the worker's orderly end has begun. */
  void begin() {
    KillLog there = killLog;
    if (there != null) {
      there.workerEnds(KillLog.ORDERLY);
    }
  }

  /** Returns what writes JFR events, or null while there is no flight recorder. */
  @Override
  public Observer get() {
    JfrObserver observer = JfrObserver.open(new Itself());
    if (observer != null) {
      jfr = observer;
      takeOver(ShutdownHooks.take("JFR"));
    }
    return observer;
  }

  /** Runs that hook of the JDK's at the end of the recordings, and not before. */
  void takeOver(Thread hook) {
    jfrHook = hook;
  }

  /**
   * Finishes the recordings when nothing more happens: a recording that was dumped before the end
   * would hold no kill.
   */
  void finish() {
    JfrObserver events = jfr;
    jfr = null;
    Thread hook = jfrHook;
    jfrHook = null;
    try {
      if (events != null) {
        events.workerHasEnded();
      }
      if (hook != null) {
        hook.run();
      }
    } catch (RuntimeException | Error broken) {
      log.error("the flight recorder could not finish its recordings: " + broken);
    }
    ReportRecorder there = report;
    try {
      if (there != null) {
        there.write();
      }
    } catch (RuntimeException | Error broken) {
      log.error("could not write report=: " + broken);
    }
  }
}
