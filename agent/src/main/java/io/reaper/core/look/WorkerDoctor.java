package io.reaper.core.look;

import io.reaper.core.observe.Json;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds whether one worker is in the modes that it was asked for, and watched over. */
public final class WorkerDoctor {
  private final Worker worker;
  private final List<Check> checks = new ArrayList<>();

  private WorkerDoctor(Worker worker) {
    this.worker = worker;
    Options options = worker.options();
    checks.add(
        new Check(
            "worker",
            worker.alive(),
            worker.ledger().mainClass() + (worker.alive() ? " runs" : " is dead"),
            "sweep ends what it left, if its sentinel does not"));
    checks.add(new Check("ledger", true, worker.file().getPath(), ""));
    boolean watched = worker.sentinel() != 0;
    checks.add(
        new Check(
            "sentinel",
            watched || !options.sentinel(),
            watched
                ? "process " + worker.sentinel() + " watches"
                : options.sentinel() ? "no process watches" : "sentinel=false: no crash is noticed",
            "another is started within seconds, or by a start a minute later; log=warn says why not"));
    List<String> entered = worker.entered();
    for (String mode : options.modes()) {
      boolean there = entered.contains(mode);
      checks.add(
          new Check(
              mode,
              there,
              there ? "asked for, and entered" : "asked for, and not entered",
              "doctor " + mode + "=true tries it out here; the worker's log says why not"));
    }
  }

  /** Returns what is found, or null, with a line in the log, if that process is no worker. */
  public static WorkerDoctor of(int pid, LedgerPlaces places, Posix posix, Log log) {
    ProcFs proc = new ProcFs();
    String distrust = proc.numberSpace().whyNotToTrust("no ledger is read");
    if (distrust != null) {
      log.error(distrust);
      return null;
    }
    try {
      WorkerFinder finder = new WorkerFinder(places, proc, posix, log);
      Worker worker = finder.find(pid);
      if (worker != null) {
        return new WorkerDoctor(worker);
      }
      log.error(finder.whyNot());
    } catch (IOException unsafe) {
      log.error(unsafe.getMessage());
    }
    return null;
  }

  /** Whether all is as it was asked for. */
  public boolean isWell() {
    for (Check check : checks) {
      if (!check.there()) {
        return false;
      }
    }
    return true;
  }

  /** Returns two tables for a person: what is found, and the options that hold. */
  public String text() {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"OPTION", "VALUE"});
    for (Map.Entry<String, String> option : worker.options().effective().entrySet()) {
      rows.add(
          new String[] {option.getKey(), option.getValue().isEmpty() ? "-" : option.getValue()});
    }
    return Check.table(checks) + "\n" + Columns.of(rows);
  }

  /** Returns a JSON object. */
  public String json() {
    Json json = new Json().open().put("well", isWell()).put("pid", worker.pid());
    Check.put(json, checks);
    PsRow.put(json, worker.options());
    return json.close().toString();
  }
}
