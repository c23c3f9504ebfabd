package io.reaper.core.look;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The commands that only look, as far as they have something to print. */
public final class PsAndTree {
  private final List<File> places;
  private final ProcFs proc = new ProcFs();
  private final Log log = Log.toStderr(Log.Level.WARN);

  /** At the workers whose ledgers live in one of those places. */
  public PsAndTree(List<File> places) {
    this.places = places;
  }

  /** Prints the workers; answers the exit status. */
  public int ps(boolean json) {
    if (distrusts()) {
      return 1;
    }
    try {
      List<Worker> workers = new Workers(proc, log).in(ledgers());
      return json ? Output.json(Workers.json(workers)) : Output.text(Workers.table(workers));
    } catch (IOException unsafe) {
      return refuse(unsafe);
    }
  }

  /** Prints the processes of one worker; answers the exit status. */
  public int tree(int pid, boolean json) {
    if (distrusts()) {
      return 1;
    }
    try {
      List<File> its = new ArrayList<>();
      for (File ledger : ledgers()) {
        if (LedgerDirectory.workerOf(ledger).pid() == pid) {
          its.add(ledger);
        }
      }
      for (Worker worker : new Workers(proc, log).in(its)) {
        return print(new Tree(worker, proc, log), json);
      }
      log.error(
          (proc.details(pid).user() < 0
                  ? "there is no process " + pid
                  : pid + " has no ledger in " + inWords())
              + "; ps lists the workers that have the agent and have started a process");
      return 1;
    } catch (IOException unsafe) {
      return refuse(unsafe);
    }
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
    for (File place : places) {
      if (place.exists()) {
        ledgers.addAll(LedgerDirectory.open(place).all());
      }
    }
    return ledgers;
  }

  private String inWords() {
    StringBuilder words = new StringBuilder();
    for (File place : places) {
      words.append(words.length() == 0 ? "" : " or ").append(place);
    }
    return words.toString();
  }

  private int refuse(IOException unsafe) {
    log.error("cannot use " + inWords() + ": " + unsafe.getMessage());
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
