package io.reaper.core;

import io.reaper.core.cli.ReaperCommand;
import io.reaper.core.family.ProcFs;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.sentinel.JvmSentinel;
import io.reaper.core.sentinel.Sweeper;
import java.io.File;

/** {@code java -jar}: what the sentinel starts comes first and at once, the rest is for people. */
public final class Tool {
  private Tool() {}

  /** Called through {@code Main}. */
  public static void main(String[] arguments) throws Exception {
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "sweep-ledger":
        File ledger = new File(arguments[1]);
        sweeper(posix(ledger)).sweep(ledger);
        break;
      case "sentinel-start":
        JvmSentinel.start(arguments[1], arguments[2]);
        break;
      case "sentinel-watch":
        File watched = new File(arguments[1]);
        Posix posix = posix(watched);
        JvmSentinel.watch(watched, posix, sweeper(posix));
        break;
      default:
        System.exit(ReaperCommand.execute(arguments));
    }
  }

  /** The native library is kept beside the ledgers. */
  private static Posix posix(File ledger) {
    return new LazyPosix(
        new NativeAccess(null, ledger.getParentFile()), Log.toStderr(Log.Level.WARN));
  }

  private static Sweeper sweeper(Posix posix) {
    ProcFs proc = new ProcFs();
    return new Sweeper(proc, posix, proc.self(), Log.toStderr(Log.Level.WARN));
  }
}
