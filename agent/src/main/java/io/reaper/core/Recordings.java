package io.reaper.core;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.end.KillLog;
import io.reaper.core.jvm.MainClass;
import io.reaper.core.jvm.ShutdownHooks;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.observe.Observer;
import io.reaper.core.ondemand.jfr.JfrObserver;
import io.reaper.core.ondemand.report.ReportRecorder;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Records what becomes of the worker's processes: on the page, in the kill log, and in JFR if that
 * runs.
 */
final class Recordings implements Supplier<Observer> {
  private final Log log;
  private final Observation observation;
  private volatile ReportRecorder report;
  private volatile KillLog killLog;
  private volatile Thread jfrHook;
  private Options current;

  /** Creates recordings that record nothing before they are asked to. */
  Recordings(Log log) {
    this.log = log;
    this.observation = new Observation(this, Observer.NONE, log);
  }

  Observation observation() {
    return observation;
  }

  /** Records from now on for the page and the kill log of these options, and for no others. */
  void follow(Options options, ProcFs proc) {
    if (current == null || !Objects.equals(current.report(), options.report())) {
      recordFor(options, proc);
    }
    if (current == null || !Objects.equals(current.killLog(), options.killLog())) {
      logKillsTo(options.killLog(), proc);
    }
    current = options;
  }

  private void recordFor(Options options, ProcFs proc) {
    Path page = options.report();
    report =
        page == null ? null : new ReportRecorder(page, MainClass.name(), facts(options, proc), log);
    observation.tellInFull(report == null ? Observer.NONE : report);
  }

  private static String facts(Options options, ProcFs proc) {
    List<String> modes = options.modes();
    return "pid "
        + proc.self()
        + " on "
        + proc.own().hostName()
        + "; JDK "
        + Runtime.version()
        + "; reaper-agent "
        + ((AgentClassLoader) Recordings.class.getClassLoader()).version()
        + "; "
        + (modes.isEmpty() ? "no mode" : String.join("+", modes));
  }

  private void logKillsTo(Path file, ProcFs proc) {
    killLog =
        file == null
            ? null
            : new KillLog(
                file.toFile(),
                "worker",
                proc.own().hostName(),
                proc.self(),
                MainClass.name(),
                KillLog.RUNNING,
                log);
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
    Observer observer = JfrObserver.open();
    if (observer != null) {
      jfrHook = ShutdownHooks.take("JFR");
    }
    return observer;
  }

  /**
   * Finishes the recordings when nothing more happens: a recording that was dumped before the end
   * would hold no kill.
   */
  void finish() {
    Thread hook = jfrHook;
    jfrHook = null;
    if (hook != null) {
      hook.run();
    }
    ReportRecorder there = report;
    if (there != null) {
      there.write();
    }
  }
}
