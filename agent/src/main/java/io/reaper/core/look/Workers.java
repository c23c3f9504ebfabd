package io.reaper.core.look;

import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.family.ProcFs;
import io.reaper.core.observe.Log;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The workers of one user that have the agent and have started a process. */
public final class Workers {
  private static final String[] HEAD = {
    "PID", "MODES", "CHILDREN", "ADOPTED", "SENTINEL", "WORKER"
  };

  private final ProcFs proc;
  private final Log log;

  /** What cannot be read is said there. */
  public Workers(ProcFs proc, Log log) {
    this.proc = proc;
    this.log = log;
  }

  /** All whose ledgers are in that directory. */
  public List<Worker> in(LedgerDirectory directory) {
    List<Worker> workers = new ArrayList<>();
    for (File file : directory.all()) {
      try {
        workers.add(Worker.read(file, proc));
      } catch (IOException refused) {
        // A worker that has ended meanwhile has taken its ledger along.
        if (file.exists()) {
          log.warn("the ledger " + file + " is not shown: " + refused.getMessage());
        }
      }
    }
    return workers;
  }

  /** As a table for a person. */
  public static String table(List<Worker> workers) {
    List<String[]> rows = new ArrayList<>();
    rows.add(HEAD);
    for (Worker worker : workers) {
      rows.add(
          new String[] {
            Integer.toString(worker.pid()),
            worker.modeNames(),
            Integer.toString(worker.children()),
            Integer.toString(worker.adopted()),
            worker.sentinel() == 0 ? "-" : Integer.toString(worker.sentinel()),
            worker.alive()
                ? worker.ledger().mainClass()
                : "dead, and not swept up after: sweep does that"
          });
    }
    return Columns.of(rows);
  }

  /** As a JSON array of objects. */
  public static String json(List<Worker> workers) {
    Json json = new Json().openArray();
    for (Worker worker : workers) {
      json.open()
          .put("pid", worker.pid())
          .put("main", worker.ledger().mainClass())
          .put("alive", worker.alive())
          .put("modes", worker.modeNames())
          .put("children", worker.children())
          .put("adopted", worker.adopted())
          .put("sentinel", worker.sentinel())
          .close();
    }
    return json.closeArray().toString();
  }
}
