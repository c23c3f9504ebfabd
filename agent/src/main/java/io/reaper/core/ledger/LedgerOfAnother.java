package io.reaper.core.ledger;

import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/** Writes into a ledger that another process has begun. */
public final class LedgerOfAnother {
  private LedgerOfAnother() {}

  /** Has a sentinel that has this ledger open do nothing when its worker is dead. */
  public static void disarm(RandomAccessFile access) throws IOException {
    LedgerFile.disarm(access);
  }

  /** Gives whoever reads this ledger when its worker is dead other orders, of the same length. */
  public static void order(RandomAccessFile access, String orders) throws IOException {
    LedgerFile.order(access, orders);
  }

  /**
   * Enters the sentinel that is watching now; done by the sentinel itself. A ledger that has been
   * removed stays so.
   */
  public static void announce(File file, ProcessId sentinel) throws IOException {
    try (OutputStream out = Files.newOutputStream(file.toPath(), StandardOpenOption.WRITE)) {
      out.write(LedgerFile.announcement(sentinel));
    }
  }
}
