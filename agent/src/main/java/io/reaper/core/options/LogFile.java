package io.reaper.core.options;

import io.reaper.core.posix.LostFiles;
import io.reaper.core.posix.RegularFile;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * Writes each line to the end of a file, as long as its descriptor is that file's: native code that
 * closes every descriptor leaves the number to the next file that is opened, which is the
 * application's. Then it opens the file anew.
 */
final class LogFile extends OutputStream {
  private static final File OWN = new File("/dev/fd");

  private final File file;
  private volatile OutputStream out;
  private volatile Path descriptor;
  private volatile Object key;

  /** Opens the file, and makes it if it is absent; throws if it is no regular file. */
  LogFile(File file) throws IOException {
    this.file = file;
    open();
  }

  private void open() throws IOException {
    out = RegularFile.append(file);
    Object opened = key(file.toPath());
    Path found = null;
    String[] descriptors = OWN.list();
    for (String number : descriptors == null ? new String[0] : descriptors) {
      Path each = new File(OWN, number).toPath();
      found = opened != null && opened.equals(key(each)) ? each : found;
    }
    key = found == null ? null : opened;
    descriptor = found;
  }

  /** Whether the descriptor is another file's, or none; false if it was never found. */
  private boolean isLost() {
    Path there = descriptor;
    return there != null && !Objects.equals(key, key(there));
  }

  /** Returns which file that is (device and inode), or null if there is none. */
  private static Object key(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (IOException absent) {
      return null;
    }
  }

  private synchronized void openIfLost() throws IOException {
    if (isLost()) {
      LostFiles.keep(out);
      open();
    }
  }

  @Override
  public void write(int letter) throws IOException {
    write(new byte[] {(byte) letter});
  }

  @Override
  public void write(byte[] line, int from, int length) throws IOException {
    if (isLost()) {
      openIfLost();
    }
    out.write(line, from, length);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
