package io.reaper.core.look;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import java.io.File;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the command lines of all processes: sentinels name their ledgers there, wherever these are,
 * and JVMs the agent, before they have a ledger. Any process can write there what it likes, so it
 * is shown, and nothing is done because of it.
 */
final class JvmLook {
  /** The words before the ledger: of a sentinel that is a shell, and of one that is a JVM. */
  private static final List<String> SENTINELS =
      List.of("reaper-sentinel", "sentinel-watch", "sentinel-start");

  private final ProcFs proc;
  private final ProcOverview overview;
  private final Set<File> ledgers = new LinkedHashSet<>();
  private final Map<Integer, String[]> jvms = new TreeMap<>();

  /** Reads those of this user's processes, or of every user's. */
  JvmLook(ProcFs proc, ProcOverview overview, boolean everybodys) {
    this.proc = proc;
    this.overview = overview;
    int self = proc.self();
    int user = proc.details(self).user();
    for (int pid : overview.pids()) {
      String[] words = overview.commandOf(pid, "sh", "java");
      if (words.length > 1 && pid != self && (everybodys || proc.details(pid).user() == user)) {
        look(pid, words);
      }
    }
  }

  private void look(int pid, String[] words) {
    File ledger = ledgerOf(words);
    if (ledger != null) {
      ledgers.add(ledger);
    } else if (words[0].endsWith("java")) {
      jvms.put(pid, words);
    }
  }

  /** Returns the ledger that the process with these words watches, or null if it watches none. */
  private static File ledgerOf(String[] words) {
    for (int i = 0; i < words.length - 1; i++) {
      if (SENTINELS.contains(words[i])) {
        File ledger = new File(words[i + 1]);
        return ledger.isAbsolute() && LedgerDirectory.workerOf(ledger) != null ? ledger : null;
      }
    }
    return null;
  }

  /** Returns the directories of those, where ledgers of dead workers may be, too. */
  Set<File> directories() {
    Set<File> directories = new LinkedHashSet<>();
    for (File ledger : ledgers) {
      directories.add(ledger.getParentFile());
    }
    return directories;
  }

  /** Returns the ledgers of living sentinels. */
  Set<File> ledgers() {
    return ledgers;
  }

  /** Returns the pids of all JVMs. */
  Set<Integer> jvms() {
    return jvms.keySet();
  }

  /** Returns the JVM of that pid if it was started with the agent, or null. */
  StartedJvm jvm(int pid) {
    String[] words = jvms.get(pid);
    return words == null ? null : StartedJvm.of(proc.read(pid), words, overview.environment(pid));
  }
}
