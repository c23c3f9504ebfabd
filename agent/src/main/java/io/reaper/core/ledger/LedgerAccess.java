package io.reaper.core.ledger;

import io.reaper.core.posix.LostFiles;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * Writes to a ledger for as long as its descriptor is the ledger's. Native code that closes every
 * descriptor leaves the number to the next file that is opened, which is the application's: where
 * the last write has ended, and how long the file is, tells the two apart, and asking for it moves
 * nothing.
 */
final class LedgerAccess implements AutoCloseable {
  private final RandomAccessFile access;
  private long position;
  private long length;

  /** Opens a file that is there already, and empty. */
  LedgerAccess(File file) throws IOException {
    access = new RandomAccessFile(file, "rw");
  }

  /** Writes bytes at that place; throws if native code has closed the descriptor. */
  void write(long at, byte[] bytes) throws IOException {
    check();
    try {
      access.seek(at);
      access.write(bytes);
    } finally {
      remember();
    }
  }

  /** Has a sentinel that has the ledger open do nothing when its worker is dead. */
  void disarm() throws IOException {
    check();
    try {
      LedgerFile.disarm(access);
    } finally {
      remember();
    }
  }

  private void check() throws IOException {
    if (access.getFilePointer() != position || access.length() != length) {
      throw new IOException("its descriptor is another file's by now");
    }
  }

  private void remember() throws IOException {
    position = access.getFilePointer();
    length = access.length();
  }

  /** Closes the file, unless native code has; throws if so. */
  @Override
  public void close() throws IOException {
    try {
      check();
    } catch (IOException lost) {
      LostFiles.keep(access);
      throw lost;
    }
    access.close();
  }
}
