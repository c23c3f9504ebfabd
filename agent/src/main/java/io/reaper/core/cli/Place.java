package io.reaper.core.cli;

import io.reaper.core.posix.PrivateDirectory;
import java.io.File;
import picocli.CommandLine.Option;

/** Where the ledgers are that a command reads. */
final class Place {
  @Option(names = "--dir", description = "Where the ledgers live, if not in the usual place.")
  private String directory;

  File file() {
    return directory == null ? PrivateDirectory.usual(System.getenv()) : new File(directory);
  }
}
