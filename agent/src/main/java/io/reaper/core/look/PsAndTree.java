package io.reaper.core.look;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The commands that only look, as far as they have something to print. */
public final class PsAndTree {
  private final LedgerPlaces places;
  private final ProcFs proc = new ProcFs();
  private final ProcOverview overview = new ProcOverview();
  private final Log log = Log.toStderr(Log.Level.INFO);

  /** At the workers whose ledgers live there, or are named by their sentinels. */
  public PsAndTree(LedgerPlaces places) {
    this.places = places;
  }

  /**
   * Prints the workers. Returns the exit status.
   *
   * @param everybodys whether those of other users are to be shown, as far as this user may look
   */
  public int ps(boolean json, boolean everybodys) {
    if (distrusts()) {
      return 1;
    }
    try {
      Set<File> ledgers = new LinkedHashSet<>(ledgers());
      JvmLook look = new JvmLook(proc, overview, everybodys);
      if (places.named() == null) {
        ledgers.addAll(look.ledgers());
      }
      List<PsRow> rows = rows(new Workers(proc, log).in(ledgers), look.jvms().values());
      int written =
          json ? Output.json(PsRow.json(rows)) : Output.text(PsRow.table(rows, everybodys));
      if (written == 0 && rows.isEmpty()) {
        log.info("no worker is found; looked in " + places.inWords() + " and at command lines");
      }
      return written;
    } catch (IOException unsafe) {
      return refuse(unsafe);
    }
  }

  private List<PsRow> rows(List<Worker> workers, Collection<StartedJvm> jvms) {
    Map<Integer, PsRow> rows = new TreeMap<>();
    for (StartedJvm jvm : jvms) {
      if (places.named() == null || jvm.keepsLedgerIn(places.named())) {
        rows.put(jvm.process().pid(), PsRow.of(jvm, overview));
      }
    }
    for (Worker worker : workers) {
      rows.put(worker.pid(), PsRow.of(worker, overview));
    }
    return new ArrayList<>(rows.values());
  }

  /** Prints the processes of one worker. Returns the exit status. */
  public int tree(int pid, boolean json) {
    if (distrusts()) {
      return 1;
    }
    try {
      Workers workers = new Workers(proc, log);
      List<Worker> found = workers.in(of(pid, ledgers()));
      JvmLook look = null;
      if (found.isEmpty() && places.named() == null) {
        // Another user's, or one in a directory of its own.
        look = new JvmLook(proc, overview, true);
        found = workers.in(of(pid, look.ledgers()));
      }
      if (!found.isEmpty()) {
        return print(new Tree(found.get(0), proc, log), json);
      }
      return tellOfNoLedger(pid, look == null ? null : look.jvms().get(pid));
    } catch (IOException unsafe) {
      return refuse(unsafe);
    }
  }

  private int tellOfNoLedger(int pid, StartedJvm jvm) {
    String found =
        proc.details(pid).user() < 0
            ? "there is no process " + pid
            : jvm == null
                ? pid + " has no ledger in " + places.inWords() + ", and no sentinel names one"
                : pid + " (" + jvm.mainClass() + ") has the agent, and no ledger: no process yet";
    log.error(found + "; ps lists the workers");
    return 1;
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

  private boolean distrusts() {
    String why = proc.numberSpace().whyNotToTrust("no ledger is read");
    if (why != null) {
      log.error(why);
    }
    return why != null;
  }

  private List<File> ledgers() throws IOException {
    List<File> ledgers = new ArrayList<>();
    for (File place : places.files()) {
      try {
        if (place.exists()) {
          ledgers.addAll(LedgerDirectory.open(place).all());
        }
      } catch (IOException unsafe) {
        if (!places.isOptional(place)) {
          throw unsafe;
        }
        log.warn("cannot use REAPER_DIR=" + place + ": " + unsafe.getMessage());
      }
    }
    return ledgers;
  }

  private int refuse(IOException unsafe) {
    log.error("cannot use " + places.inWords() + ": " + unsafe.getMessage());
    return 1;
  }

  private int print(Tree tree, boolean json) {
    if (json) {
      return Output.json(tree.json());
    }
    boolean colours = proc.own().writesToTerminal() && System.getenv("NO_COLOR") == null;
    return Output.text(tree.text(colours, Output.hasEveryLetter()));
  }
}
