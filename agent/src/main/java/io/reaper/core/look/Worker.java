package io.reaper.core.look;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.ProcessGroup;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerEntry;
import io.reaper.core.options.Option;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.sentinel.DeathCheck;
import io.reaper.core.sentinel.SentinelCommand;
import java.io.File;
import java.util.List;
import java.util.Map;

/** Describes a worker as its ledger shows it now. */
public final class Worker {
  private final File file;
  private final LedgerContents ledger;
  private final Options options;
  private final boolean alive;
  private final int children;
  private final int adopted;
  private final int sentinel;

  public Worker(
      File file,
      LedgerContents ledger,
      Options options,
      boolean alive,
      int children,
      int adopted,
      int sentinel) {
    this.file = file;
    this.ledger = ledger;
    this.options = options;
    this.alive = alive;
    this.children = children;
    this.adopted = adopted;
    this.sentinel = sentinel;
  }

  /** Returns where its ledger is. */
  public File file() {
    return file;
  }

  public LedgerContents ledger() {
    return ledger;
  }

  public Options options() {
    return options;
  }

  /** Whether the worker lives; if not, it has not been swept up after. */
  public boolean alive() {
    return alive;
  }

  /** Returns how many recorded children live, or did up to two seconds ago. */
  public int children() {
    return children;
  }

  /** Returns how many orphans have come to it and live, or did up to two seconds ago. */
  public int adopted() {
    return adopted;
  }

  /** Returns the pid of the sentinel that watches, or 0 if there is none. */
  public int sentinel() {
    return sentinel;
  }

  static Worker of(
      File file, LedgerContents ledger, Options options, ProcFs proc, DeathCheck deaths) {
    int children = 0;
    int adopted = 0;
    // One that may be hidden counts as living.
    boolean alive = !deaths.isDead(ledger.worker());
    for (Map.Entry<ProcessId, LedgerEntry> each : ledger.processes().entrySet()) {
      // A living worker strikes dead ones out itself; 2,000 looks would take 40 ms.
      if (alive || proc.isAlive(each.getKey())) {
        children += each.getValue().kind() == LedgerEntry.Kind.CHILD ? 1 : 0;
        adopted += each.getValue().kind() == LedgerEntry.Kind.ADOPTED ? 1 : 0;
      }
    }
    ProcessId watching = ledger.sentinel();
    int sentinel = watching != null && proc.isAlive(watching) ? watching.pid() : 0;
    return new Worker(file, ledger, options, alive, children, adopted, sentinel);
  }

  int pid() {
    return ledger.worker().pid();
  }

  /** Returns the keys of the modes that the worker is in, which need not be all it asked for. */
  List<String> entered() {
    return SentinelCommand.modes(ledger.orders());
  }

  /** Returns the modes that say what dies with it, as its options and the kernel had them. */
  List<Mode> modes() {
    Cgroup cgroup = ledger.cgroup().isEmpty() ? null : new Cgroup(new File(ledger.cgroup()));
    Subreaper subreaper = entered().contains(Option.SUBREAPER.key()) ? new Subreaper() : null;
    return Mode.of(options, ProcessGroup.of(ledger.group(), ledger.job()), subreaper, cgroup);
  }

  /** Returns the options that are not at their defaults. */
  String optionsInWords() {
    String given = options.toString();
    return given.isEmpty() ? "all at their defaults" : given.replace(",", ", ");
  }

  /** Returns the keys of the modes that are on. */
  String modeNames() {
    return Mode.names(modes());
  }
}
