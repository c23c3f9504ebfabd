package io.reaper.core.ledger;

import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The directory where the ledgers of this user are. */
public final class LedgerDirectory {
  private static final String SUFFIX = ".ledger";

  private final Path path;

  private LedgerDirectory(Path path) {
    this.path = path;
  }

  /** Makes the directory if it is not there; throws, with the reason in words, if it is unsafe. */
  public static LedgerDirectory open(File place) throws IOException {
    return new LedgerDirectory(PrivateDirectory.open(place));
  }

  /** Returns the file of that worker's ledger. */
  public File fileOf(ProcessId worker) {
    return fileIn(path.toFile(), worker);
  }

  /** Returns the file of that worker's ledger in a directory that may not be there. */
  public static File fileIn(File directory, ProcessId worker) {
    return new File(directory, worker.name() + SUFFIX);
  }

  /** Returns every ledger, by its worker's pid and start time. */
  public List<File> all() {
    return in(path.toFile());
  }

  /** Returns every ledger of a directory, whoever's that is; none if it may not be listed. */
  public static List<File> in(File directory) {
    Map<ProcessId, File> ledgers = new TreeMap<>();
    File[] files = directory.listFiles();
    for (File file : files == null ? new File[0] : files) {
      ProcessId worker = file.getName().endsWith(SUFFIX) ? workerOf(file) : null;
      if (worker != null) {
        ledgers.put(worker, file);
      }
    }
    return new ArrayList<>(ledgers.values());
  }

  /** Returns the worker of a ledger of that name, or null if it is no ledger's. */
  public static ProcessId workerOf(File file) {
    return ProcessId.parse(file.getName(), "", SUFFIX);
  }

  /**
   * Returns the ledgers of workers that are dead, by the names of the files, or that /proc may
   * hide; removes what a dead worker began and never finished.
   */
  public List<File> ofTheDead(ProcFs proc) {
    List<File> dead = new ArrayList<>();
    File[] files = path.toFile().listFiles();
    for (File file : files == null ? new File[0] : files) {
      ProcessId worker = workerOf(file);
      if (worker != null && proc.isUnseen(worker)) {
        if (file.getName().endsWith(SUFFIX)) {
          dead.add(file);
        } else if (file.getName().endsWith(Ledger.UNFINISHED)
            && proc.isDead(worker)
            && isOfHere(file, proc)) {
          file.delete();
        }
      }
    }
    return dead;
  }

  /**
   * Whether an unfinished ledger is of this number space: in another one, the worker that is
   * beginning it may live.
   */
  private static boolean isOfHere(File unfinished, ProcFs proc) {
    try {
      return LedgerReader.read(unfinished).numberSpace().equals(proc.numberSpace().name());
    } catch (IOException torn) {
      return false;
    }
  }

  /** Returns, for the log, why there is no ledger in that place, and what follows. */
  public static String whyNone(File place, Exception refused) {
    return "cannot keep a ledger in "
        + place
        + " ("
        + reason(refused)
        + "); in a crash, processes that only a ledger names outlive this worker. Name a"
        + " directory with dir=";
  }

  /** Returns the reason in words; some exceptions have nothing but the path for a message. */
  private static String reason(Exception refused) {
    if (refused instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    return refused instanceof AccessDeniedException ? "permission denied" : refused.getMessage();
  }
}
