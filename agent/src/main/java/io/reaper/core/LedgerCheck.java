package io.reaper.core;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tries the place of the ledger before there is one, for an operator who has to know at once. */
final class LedgerCheck {

  /** The bytes that are written as a trial: more than a worker's ledger begins with. */
  private static final int PROBE = 4096;

  private LedgerCheck() {}

  /** Returns false, and says so, if the sentinel needs a ledger that there is no place for. */
  static boolean passes(Options options, Log log) {
    // The members of a process group or a cgroup are known to the kernel and need no ledger.
    boolean isNamedOneByOne = options.children() || options.subreaper();
    int self = new ProcFs().self();
    if (!options.sentinel() || !isNamedOneByOne || self == ProcessId.INIT) {
      return true;
    }
    // Under strict no other place will do than the one that was named.
    File place =
        options.strict() && options.dir() != null
            ? options.dir().toFile()
            : options.place(new OwnProc().environment(PrivateDirectory.RUNTIME));
    try {
      // In containers that share the directory, many workers have the same pid.
      String name = "probe-" + self + "-" + System.nanoTime();
      Path probe = PrivateDirectory.open(place).resolve(name);
      PrivateDirectory.put(probe, new byte[PROBE]);
      Files.deleteIfExists(probe);
      return true;
    } catch (IOException | RuntimeException refused) {
      log.warn(LedgerDirectory.whyNone(place, refused));
      return false;
    }
  }
}
