package io.reaper.core.ondemand.cli;

import io.reaper.core.look.LedgerPlaces;
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

  LedgerPlaces places() {
    return new LedgerPlaces(directory, System.getenv());
  }
}
