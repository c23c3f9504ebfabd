package io.reaper.core.look;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.ProcessGroup;
import io.reaper.core.contain.Subreaper;
import io.reaper.core.ledger.Ledger;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.util.List;
import java.util.Map;

/**
 * A worker as its ledger shows it now.
 *
 * @param alive false: it died, and has not been swept up after
 * @param children recorded ones that live, or did a fifth of a second ago
 * @param adopted orphans that have come to it and live, or did then
 * @param sentinel the number of the sentinel that watches, or 0 if there is none
 */
public record Worker(
    Ledger.Contents ledger,
    Options options,
    boolean alive,
    int children,
    int adopted,
    int sentinel) {

  static Worker of(Ledger.Contents ledger, Options options, ProcFs proc) {
    int children = 0;
    int adopted = 0;
    boolean alive = proc.isAlive(ledger.worker());
    for (Map.Entry<ProcessId, Ledger.Entry> each : ledger.processes().entrySet()) {
      // A living worker strikes them out itself, within its tick; 2,000 looks would take 40 ms.
      if (alive || proc.isAlive(each.getKey())) {
        children += each.getValue().kind() == Ledger.Kind.CHILD ? 1 : 0;
        adopted += each.getValue().kind() == Ledger.Kind.ADOPTED ? 1 : 0;
      }
    }
    ProcessId watching = ledger.sentinel();
    int sentinel = watching != null && proc.isAlive(watching) ? watching.pid() : 0;
    return new Worker(ledger, options, alive, children, adopted, sentinel);
  }

  int pid() {
    return ledger.worker().pid();
  }

  /** What dies with it, as its options and the kernel had it. */
  List<Mode> modes() {
    Cgroup cgroup = ledger.cgroup().isEmpty() ? null : new Cgroup(new File(ledger.cgroup()));
    Subreaper subreaper = options.subreaper() ? new Subreaper() : null;
    return Mode.of(options, ProcessGroup.of(ledger.group(), ledger.job()), subreaper, cgroup);
  }

  /** The keys of the modes that are on. */
  String modeNames() {
    StringBuilder names = new StringBuilder();
    for (Mode mode : modes()) {
      names.append(names.length() == 0 ? "" : "+").append(mode.key());
    }
    return names.length() == 0 ? "none" : names.toString();
  }
}
