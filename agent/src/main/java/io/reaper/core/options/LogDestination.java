package io.reaper.core.options;

import io.reaper.core.observe.Log;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * Says where the log goes. The names of the standard streams mean these themselves, because opening
 * a pipe anew fails for a socket, as systemd has it, and waits where no process reads.
 */
public final class LogDestination {
  static final String STDOUT = "/dev/stdout";
  private static final String STDERR = "/dev/stderr";
  private static final String NOWHERE = "/dev/null";

  private final Path file;
  private final Log.Level level;

  /** Creates the destination: that file, or stderr if it is null. */
  LogDestination(Path file, Log.Level level) {
    this.file = file;
    this.level = level;
  }

  /** Whether the log goes to the stderr of the process that writes it. */
  public boolean isStderr() {
    return file == null || file.toString().equals(STDERR);
  }

  /**
   * Opens the log.
   *
   * @param source where the option stands, in words
   */
  public Log open(String source) throws OptionException {
    try {
      if (isStderr()) {
        return Log.toStderr(level);
      }
      switch (file.toString()) {
        case STDOUT:
          return Log.to(new FileOutputStream(FileDescriptor.out), level);
        case NOWHERE:
          return Log.to(OutputStream.nullOutputStream(), level);
        default:
          return Log.to(new LogFile(file.toFile()), level);
      }
    } catch (IOException refused) {
      throw new OptionException(
          "cannot write log-file="
              + file
              + " (in "
              + source
              + "): "
              + refused.getMessage()
              + "; name a file in a directory that this user can write to");
    }
  }
}
