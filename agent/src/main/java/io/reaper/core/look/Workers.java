package io.reaper.core.look;

import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.observe.Log;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.DeathCheck;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Reads the ledgers of workers that have the agent and have started a process. */
public final class Workers {
  private static final int ROOT = 0;

  private final ProcFs proc;
  private final Log log;
  private final DeathCheck deaths;
  private final String numberSpace;
  private final boolean isRoot;

  /** The options by their text, as most workers of one user have the same ones. */
  private final Map<String, Options> parsed = new HashMap<>();

  /** Creates a reader that says in that log what cannot be read. */
  public Workers(ProcFs proc, Posix posix, Log log) {
    this.proc = proc;
    this.log = log;
    deaths = new DeathCheck(proc, posix, proc.self());
    numberSpace = proc.numberSpace().name();
    isRoot = proc.details(proc.self()).user() == ROOT;
  }

  /** Returns the workers of these ledgers. */
  public List<Worker> in(Collection<File> ledgers) {
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

  /**
   * Reads a ledger; throws, with the reason in words, if it is not to be trusted. Root may be shown
   * another user's, which says of that user's processes whatever that user likes.
   */
  private Worker read(File file) throws IOException {
    LedgerContents ledger;
    if (isRoot && !isRoots(file)) {
      ledger = readAnothers(file);
    } else {
      PrivateDirectory.checkFile(file);
      ledger = LedgerReader.read(file);
    }
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
    return Worker.of(file, ledger, options, proc, deaths);
  }

  private static boolean isRoots(File file) throws IOException {
    return Files.getAttribute(file.toPath(), "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(ROOT);
  }

  /** Opens another user's ledger with care: its owner can put anything in its place at any time. */
  private LedgerContents readAnothers(File file) throws IOException {
    try (InputStream in = RegularFile.read(file)) {
      LedgerContents ledger = LedgerReader.read(in);
      Object owner = Files.getAttribute(file.toPath(), "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (proc.isAlive(ledger.worker())
          && !owner.equals(proc.details(ledger.worker().pid()).user())) {
        throw new IOException("it belongs to user " + owner + ", and its worker to another");
      }
      return ledger;
    }
  }
}
