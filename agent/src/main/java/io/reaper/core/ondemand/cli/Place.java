package io.reaper.core.ondemand.cli;

import io.reaper.core.posix.PrivateDirectory;
import java.io.File;
import java.util.List;
import picocli.CommandLine.Option;

/** Where the ledgers are that a command reads. */
final class Place {
  @Option(names = "--dir", description = "Where the ledgers live, if not in the usual place.")
  private String directory;

  /** The first one. */
  File file() {
    return files().get(0);
  }

  /** All of them. */
  List<File> files() {
    return directory == null
        ? PrivateDirectory.places(System.getenv())
        : List.of(new File(directory));
  }
}
