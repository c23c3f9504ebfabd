package io.reaper.it.harness;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the ledgers of a directory say. */
public final class Ledgers {

  private static final int HEADER = 4096;
  private static final int SENTINEL = 4084;
  private static final int SLOT = 256;

  private Ledgers() {}

  /** Those that are whole or begun; the native library may stay beside them for the next worker. */
  public static List<Path> in(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().contains(".ledger")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether one of them names that process: its number and its start in one of the slots. */
  public static boolean name(Path directory, Proc proc) {
    return in(directory).stream().anyMatch(ledger -> names(ledger, proc));
  }

  /** As if the worker had died before it could enter its sentinel. */
  public static void forgetTheSentinel(Path file) throws IOException {
    try (RandomAccessFile ledger = new RandomAccessFile(file.toFile(), "rw")) {
      ledger.seek(SENTINEL);
      ledger.write(new byte[HEADER - SENTINEL]);
    }
  }

  private static boolean names(Path file, Proc proc) {
    try {
      ByteBuffer ledger = ByteBuffer.wrap(Files.readAllBytes(file));
      for (int at = HEADER; at < ledger.limit(); at += SLOT) {
        if (ledger.getInt(at) == proc.pid() && ledger.getLong(at + 4) == proc.start()) {
          return true;
        }
      }
      return false;
    } catch (IOException gone) {
      return false;
    }
  }
}
