package io.reaper.core.cli;

import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.posix.PrivateDirectory;
import java.io.File;
import java.io.IOException;
import picocli.CommandLine.Option;

/** Where the ledgers are that a command reads. */
final class Place {
  @Option(names = "--dir", description = "Where the ledgers live, if not in the usual place.")
  private String directory;

  File file() {
    return directory == null ? PrivateDirectory.usual(System.getenv()) : new File(directory);
  }

  /** Null if no worker has ever kept a ledger there. */
  LedgerDirectory open() throws IOException {
    return file().exists() ? LedgerDirectory.open(file()) : null;
  }

  @Override
  public String toString() {
    return file().toString();
  }
}
