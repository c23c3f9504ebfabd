package io.reaper.core.look;

import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.observe.Log;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The workers of one user that have the agent and have started a process. */
public final class Workers {
  private static final String[] HEAD = {
    "PID", "MODES", "CHILDREN", "ADOPTED", "SENTINEL", "WORKER"
  };

  private final ProcFs proc;
  private final Log log;
  private final String numberSpace;

  /** Most workers of one user have the same ones. */
  private final Map<String, Options> parsed = new HashMap<>();

  /** What cannot be read is said there. */
  public Workers(ProcFs proc, Log log) {
    this.proc = proc;
    this.log = log;
    numberSpace = proc.numberSpace().name();
  }

  /** Those of these ledgers. */
  public List<Worker> in(List<File> ledgers) {
    List<Worker> workers = new ArrayList<>();
    for (File file : ledgers) {
      try {
        workers.add(read(file));
      } catch (IOException refused) {
        // A worker that has ended meanwhile has taken its ledger along.
        if (file.exists()) {
          log.warn("the ledger " + file + " is not shown: " + refused.getMessage());
        }
      }
    }
    return workers;
  }

  /** Throws, with the reason in words, if the ledger is not to be trusted. */
  private Worker read(File file) throws IOException {
    PrivateDirectory.checkFile(file);
    LedgerContents ledger = LedgerReader.read(file);
    if (!ledger.numberSpace().equals(numberSpace)) {
      throw new IOException("it is of another boot, or of another PID or time namespace");
    }
    Options options = parsed.get(ledger.options());
    if (options == null) {
      try {
        options = Options.parse(ledger.options(), new Properties(), Map.of());
      } catch (OptionException foreign) {
        throw new IOException(foreign.getMessage());
      }
      parsed.put(ledger.options(), options);
    }
    return Worker.of(ledger, options, proc);
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
