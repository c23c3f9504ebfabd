package io.reaper.core;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.look.LedgerPlaces;
import io.reaper.core.look.PsAndTree;
import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.cli.ReaperCommand;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.SharedProcFs;
import io.reaper.core.sentinel.JvmSentinel;
import io.reaper.core.sentinel.Sweeper;
import io.reaper.core.sentinel.Sweeps;
import java.io.File;
import java.io.IOException;

/** Runs {@code java -jar}: first and at once what the sentinel starts; the rest is for people. */
public final class Tool {
  private static final int FOR_PICOCLI = -1;

  /**
   * The exit status of a sweeper that has run and left a process; no JVM that fails to start has
   * it.
   */
  private static final int PROCESSES_ARE_LEFT = 3;

  /** The exit status of a sweeper that cannot read the ledger, and has done nothing. */
  private static final int NOT_READ = 4;

  /** The exit status of a sweeper that may do at another try what it has not done. */
  private static final int TRY_AGAIN = 5;

  private Tool() {}

  /** Runs the command that the arguments name; called through {@code Main}. */
  public static void main(String[] arguments) throws Exception {
    // Without the arguments that the agent gives them, these words are no commands.
    switch (arguments.length < 2 ? "" : arguments[0]) {
      case "sweep-ledger":
        int sweeping = status(sweep(arguments[1]));
        if (sweeping != 0) {
          // Since JDK 21 System.exit loads the JDK's own logging, to log its caller.
          Runtime.getRuntime().halt(sweeping);
        }
        break;
      case "sentinel-start":
        if (JvmSentinel.start(arguments[1], arguments[2])) {
          watch(new File(arguments[1]));
        }
        break;
      case "sentinel-watch":
        watch(new File(arguments[1]));
        break;
      default:
        int status = execute(arguments);
        // Since JDK 21 System.exit loads the JDK's own logging, to log its caller.
        if (status != 0) {
          System.exit(status);
        }
    }
  }

  /** Returns the exit status for the sentinel, and says why it is to do what it can by itself. */
  private static int status(Sweeper.Outcome outcome) {
    if (outcome == Sweeper.Outcome.DONE) {
      return 0;
    }
    if (outcome == Sweeper.Outcome.NOT_DONE) {
      return PROCESSES_ARE_LEFT;
    }
    if (outcome.mayBeOtherwise()) {
      System.err.println(
          outcome == Sweeper.Outcome.NOT_SEEN
              ? "not every process could be looked at"
              : "another process has locked the ledger, or the worker may live");
      return TRY_AGAIN;
    }
    if (outcome == Sweeper.Outcome.OF_ANOTHER_VERSION) {
      System.err.println("the agent's jar is of another version by now");
    }
    return NOT_READ;
  }

  private static int execute(String[] arguments) {
    int status;
    try {
      status = look(arguments);
    } catch (RuntimeException unexpected) {
      return ReaperCommand.fail(unexpected);
    }
    return status == FOR_PICOCLI ? ReaperCommand.execute(arguments) : status;
  }

  private static void watch(File ledger) throws IOException, InterruptedException {
    Posix posix = posix(ledger.getParentFile());
    JvmSentinel.watch(ledger, posix, new ProcFs(), sweeper(new SharedProcFs(), posix));
  }

  /**
   * Sweeps what is on standard input: an open ledger, or the header of a ledger that does not
   * exist.
   */
  private static Sweeper.Outcome sweep(String path) throws IOException {
    File ledger = new File(path);
    LazyPosix posix = posix(ledger.getParentFile());
    ProcFs proc = new SharedProcFs();
    Sweeper sweeper = sweeper(proc, posix);
    if (!ledger.isAbsolute()) {
      return sweeper.sweep(System.in.readAllBytes());
    }
    File opened = new File(ProcFs.STANDARD_INPUT);
    if (Ledger.hasGrown(opened)) {
      // For so many processes native calls are faster; they load while the sweeper looks for them.
      posix.loadMeanwhile();
    }
    Sweeper.Outcome outcome = sweeper.sweep(opened, ledger);
    if (ledger.getParentFile().isDirectory()) {
      new Sweeps(sweeper, proc, log())
          .sweepHandedOver(LedgerDirectory.open(ledger.getParentFile()));
    }
    return outcome;
  }

  /**
   * Runs what is asked for most often, by hand or by a script, without the time that picocli takes.
   */
  private static int look(String[] arguments) {
    boolean json = arguments.length > 1 && arguments[arguments.length - 1].equals("--json");
    int words = json ? arguments.length - 1 : arguments.length;
    if (words == 1 && arguments[0].equals("ps")) {
      return looking().ps(json, false);
    }
    if (words == 2 && arguments[0].equals("tree") && isNumber(arguments[1])) {
      return looking().tree(Integer.parseInt(arguments[1]), json, false);
    }
    return FOR_PICOCLI;
  }

  private static PsAndTree looking() {
    LedgerPlaces places = new LedgerPlaces(null, System.getenv());
    return new PsAndTree(places, posix(places.files().get(0)));
  }

  private static boolean isNumber(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) < '0' || word.charAt(i) > '9') {
        return false;
      }
    }
    return !word.isEmpty() && word.length() < 10;
  }

  /** Returns the system calls, with the native library kept in that directory of ledgers. */
  private static LazyPosix posix(File directory) {
    return new LazyPosix(new NativeAccess(null, directory), log());
  }

  private static Sweeper sweeper(ProcFs proc, Posix posix) {
    return new Sweeper(proc, posix, proc.self(), log());
  }

  private static Log log() {
    return Log.toStderr(Log.Level.WARN);
  }
}
