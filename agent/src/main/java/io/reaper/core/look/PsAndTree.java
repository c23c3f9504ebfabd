package io.reaper.core.look;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.HeldResources;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Runs the commands that only look, as far as they have something to print. */
public final class PsAndTree {
  private final LedgerPlaces places;
  private final Posix posix;
  private final ProcFs proc = new ProcFs();
  private final ProcOverview overview = new ProcOverview();
  private final Log log = Log.toStderr(Log.Level.INFO);

  /** Looks at the workers whose ledgers live there, or are named by their sentinels. */
  public PsAndTree(LedgerPlaces places, Posix posix) {
    this.places = places;
    this.posix = posix;
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
      Set<File> ledgers = new LinkedHashSet<>(new WorkerFinder(places, proc, posix, log).ledgers());
      JvmLook look = new JvmLook(proc, overview, everybodys);
      if (places.named() == null) {
        ledgers.addAll(look.ledgers());
      }
      if (places.named() == null && everybodys) {
        ledgers.addAll(places.ofEveryUser(look.directories()));
      }
      List<PsRow> rows = rows(new Workers(proc, posix, log).in(ledgers), look);
      int written =
          json ? Output.json(PsRow.json(rows)) : Output.text(PsRow.table(rows, everybodys));
      if (written == 0 && rows.isEmpty()) {
        log.info("no worker is found; looked in " + places.inWords() + " and at command lines");
      }
      return written;
    } catch (IOException unsafe) {
      log.error(unsafe.getMessage());
      return 1;
    }
  }

  private List<PsRow> rows(List<Worker> workers, JvmLook look) {
    Map<Integer, PsRow> rows = new TreeMap<>();
    for (Worker worker : workers) {
      rows.put(worker.pid(), PsRow.of(worker, overview));
    }
    for (int pid : look.jvms()) {
      StartedJvm jvm = rows.containsKey(pid) ? null : look.jvm(pid);
      if (jvm != null && (places.named() == null || jvm.keepsLedgerIn(places.named()))) {
        rows.put(pid, PsRow.of(jvm, overview));
      }
    }
    return new ArrayList<>(rows.values());
  }

  /**
   * Prints the processes of one worker. Returns the exit status.
   *
   * @param resources whether the ports and GPUs that they hold are asked for
   */
  public int tree(int pid, boolean json, boolean resources) {
    if (distrusts()) {
      return 1;
    }
    try {
      WorkerFinder finder = new WorkerFinder(places, proc, posix, log);
      Worker worker = finder.find(pid);
      if (worker != null) {
        HeldResources held = resources ? new HeldResources() : null;
        Tree tree = new Tree(worker, proc, held, log);
        return json ? Output.json(tree.json()) : Output.text(tree.text(Paper.stdout(proc)));
      }
      log.error(finder.whyNot());
    } catch (IOException unsafe) {
      log.error(unsafe.getMessage());
    }
    return 1;
  }

  private boolean distrusts() {
    String why = proc.numberSpace().whyNotToTrust("no ledger is read");
    if (why != null) {
      log.error(why);
    }
    return why != null;
  }
}
