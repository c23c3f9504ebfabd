package io.reaper.core.posix;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/**
 * Opens files that an operator has named, and only regular ones: opening a FIFO waits for its other
 * end (fifo(7)), opening a device may take as long as the device likes.
 */
public final class RegularFile {
  /** The bits of a mode that say what kind of file it is, and the kinds (inode(7)). */
  private static final int KIND = 0170000;

  private static final int REGULAR = 0100000;
  private static final int FIFO = 0010000;
  private static final int DIRECTORY = 0040000;
  private static final int SOCKET = 0140000;

  /** The time that an open may take: enough for a disk that has to wake up. */
  private static final long LONGEST_OPEN_MILLIS = 10_000;

  private enum How {
    READ,
    APPEND,
    REPLACE
  }

  private RegularFile() {}

  /** Opens the file for reading; throws, with the reason in words, if it is not a regular file. */
  public static InputStream read(File file) throws IOException {
    return (InputStream) open(file, How.READ);
  }

  /** Opens the file for writing at its end, and makes it if it is absent. */
  public static OutputStream append(File file) throws IOException {
    return (OutputStream) open(file, How.APPEND);
  }

  /** Opens the file for writing in place of what it holds, and makes it if it is absent. */
  public static OutputStream replace(File file) throws IOException {
    return (OutputStream) open(file, How.REPLACE);
  }

  /** Throws, with the reason in words, if the file is there and not a regular one. */
  public static void check(File file) throws IOException {
    try {
      int kind = (Integer) Files.getAttribute(file.toPath(), "unix:mode") & KIND;
      if (kind != REGULAR) {
        throw new IOException("it is " + words(kind) + ", and no regular file");
      }
    } catch (NoSuchFileException absent) {
      // The open itself makes it, or is refused.
    }
  }

  private static String words(int kind) {
    switch (kind) {
      case FIFO:
        return "a pipe";
      case DIRECTORY:
        return "a directory";
      case SOCKET:
        return "a socket";
      default:
        return "a device";
    }
  }

  /**
   * Opens on a thread of its own: a user who may write in the file's directory can put a FIFO there
   * after the look at it, and Java has no open that does not wait (open(2), O_NONBLOCK).
   */
  private static Closeable open(File file, How how) throws IOException {
    check(file);
    Opening opening = new Opening(file, how);
    opening.setDaemon(true);
    try {
      opening.start();
      join(opening);
    } catch (OutOfMemoryError noThread) {
      opening.run();
    }
    return opening.opened();
  }

  /** Waits whatever else happens: the caller may be a thread of the application's, interrupted. */
  private static void join(Thread opening) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + LONGEST_OPEN_MILLIS * 1_000_000;
    for (long left = LONGEST_OPEN_MILLIS; left > 0 && opening.isAlive(); ) {
      try {
        opening.join(left);
      } catch (InterruptedException later) {
        interrupted = true;
      }
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Opening extends Thread {
    private final File file;
    private final How how;
    private volatile Closeable opened;
    private volatile IOException refused;

    Opening(File file, How how) {
      super(null, null, "reaper-open", 0, false);
      this.file = file;
      this.how = how;
    }

    @Override
    public void run() {
      try {
        if (how == How.READ) {
          FileInputStream in = new FileInputStream(file);
          checkOpened(in.getChannel());
          opened = in;
        } else {
          FileOutputStream out = new FileOutputStream(file, how == How.APPEND);
          checkOpened(out.getChannel());
          opened = out;
        }
      } catch (IOException reason) {
        refused = reason;
      }
    }

    /**
     * Refuses a pipe, which has no position (lseek(2), ESPIPE); appending does not depend on it.
     */
    private static void checkOpened(FileChannel channel) throws IOException {
      try {
        channel.position(0);
      } catch (IOException pipe) {
        channel.close();
        throw new IOException("it is no regular file");
      }
    }

    Closeable opened() throws IOException {
      if (refused != null) {
        throw refused;
      }
      if (opened == null) {
        throw new IOException("it could not be opened within " + LONGEST_OPEN_MILLIS + " ms");
      }
      return opened;
    }
  }
}
