package io.reaper.core.ondemand.cli;

/**
 * Lists what the commands' exit statuses have in common, for {@code --help}; a test compares {@code
 * docs/commands.md} with them.
 */
final class ExitStatus {
  static final String HEADING = "%nExit status:%n";
  static final String WRONG_ARGUMENT = "2:a wrong argument; nothing was done";
  static final String NOT_WRITTEN = "74:stdout could not be written (a full disk, a closed pipe)";

  private ExitStatus() {}
}
