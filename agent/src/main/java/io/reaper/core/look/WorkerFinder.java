package io.reaper.core.look;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds one worker, wherever its ledger is, or the words for not having found it. */
final class WorkerFinder {
  private final LedgerPlaces places;
  private final ProcFs proc;
  private final Posix posix;
  private final Log log;
  private String whyNot = "";

  /** Finds workers whose ledgers are there, or are named by their sentinels. */
  WorkerFinder(LedgerPlaces places, ProcFs proc, Posix posix, Log log) {
    this.places = places;
    this.proc = proc;
    this.posix = posix;
    this.log = log;
  }

  /** Returns every ledger of the places; throws, with the reason in words, if one is not safe. */
  List<File> ledgers() throws IOException {
    List<File> ledgers = new ArrayList<>();
    for (File place : places.files()) {
      try {
        if (place.exists()) {
          ledgers.addAll(LedgerDirectory.open(place).all());
        }
      } catch (IOException unsafe) {
        if (!places.isOptional(place)) {
          throw new IOException("cannot use " + place + ": " + unsafe.getMessage(), unsafe);
        }
        log.warn("cannot use REAPER_DIR=" + place + ": " + unsafe.getMessage());
      }
    }
    return ledgers;
  }

  /**
   * Returns the worker of that number, or null if it is not found, for the reason that {@link
   * #whyNot} returns.
   */
  Worker find(int pid) throws IOException {
    Workers workers = new Workers(proc, posix, log);
    List<Worker> found = workers.in(of(pid, ledgers()));
    StartedJvm jvm = null;
    if (found.isEmpty() && places.named() == null) {
      // It may be another user's, or keep its ledger in a directory of its own.
      JvmLook look = new JvmLook(proc, new ProcOverview(), true);
      Set<File> others = new LinkedHashSet<>(look.ledgers());
      others.addAll(places.ofEveryUser(look.directories()));
      found = workers.in(of(pid, others));
      jvm = look.jvm(pid);
    }
    if (!found.isEmpty()) {
      return found.get(0);
    }
    whyNot =
        proc.details(pid).user() < 0
            ? "there is no process " + pid
            : jvm == null
                ? pid + " has no ledger in " + places.inWords() + ", and no sentinel names one"
                : pid
                    + " ("
                    + jvm.mainClass()
                    + ") was started with the agent, and has no ledger: "
                    + jvm.whyNoLedger();
    return null;
  }

  /** Returns why the last worker that was looked for was not found. */
  String whyNot() {
    return whyNot + "; ps lists the workers";
  }

  private static List<File> of(int pid, Collection<File> ledgers) {
    List<File> its = new ArrayList<>();
    for (File ledger : ledgers) {
      if (LedgerDirectory.workerOf(ledger).pid() == pid) {
        its.add(ledger);
      }
    }
    return its;
  }
}
