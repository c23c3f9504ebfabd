package io.reaper.core.ondemand.cli;

import io.reaper.core.look.LedgerPlaces;
import io.reaper.core.observe.Log;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import java.io.File;
import java.util.List;
import picocli.CommandLine.Option;

/** Says where the ledgers are that a command reads. */
final class Place {
  @Option(
      names = "--dir",
      description =
          "The one directory of ledgers to look in; if not given, REAPER_DIR's and the usual ones.")
  private String directory;

  /** Returns the most likely place. */
  File file() {
    return files().get(0);
  }

  /** Returns all places. */
  List<File> files() {
    return places().files();
  }

  /** Returns the system calls, with the native library kept in the most likely place. */
  Posix posix() {
    return new LazyPosix(new NativeAccess(null, file()), Log.toStderr(Log.Level.WARN));
  }

  LedgerPlaces places() {
    return new LedgerPlaces(directory, System.getenv());
  }
}
