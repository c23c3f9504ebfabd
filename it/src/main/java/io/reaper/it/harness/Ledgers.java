package io.reaper.it.harness;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the ledgers of a directory say. */
public final class Ledgers {

  private static final String SENTINEL = "reaper-agent ledger 6 sentinel ";
  private static final int LENGTH = 58;

  private Ledgers() {}

  /** Those that are whole or begun; the native library may stay beside them for the next worker. */
  public static List<Path> in(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().contains(".ledger")).collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether one of them names that process: its number and its start in one of the slots. */
  public static boolean name(Path directory, Proc proc) {
    return in(directory).stream().anyMatch(ledger -> names(ledger, proc));
  }

  /** The sentinels that have entered themselves in the ledgers of a directory, and are alive. */
  public static List<Proc> sentinels(Path directory) {
    return in(directory).stream()
        .flatMap(ledger -> lines(ledger).findFirst().stream())
        .filter(line -> line.startsWith(SENTINEL))
        .map(line -> line.substring(SENTINEL.length()).trim().split(" +"))
        .map(name -> new Proc(Long.parseLong(name[0]), Long.parseLong(name[1])))
        .filter(Proc::isAlive)
        .collect(Collectors.toList());
  }

  /** As if the worker had died before it could enter its sentinel. */
  public static void forgetTheSentinel(Path file) throws IOException {
    try (RandomAccessFile ledger = new RandomAccessFile(file.toFile(), "rw")) {
      String unknown = SENTINEL + " ".repeat(6) + "0" + " ".repeat(19) + "0";
      ledger.writeBytes(unknown.substring(0, LENGTH));
    }
  }

  private static boolean names(Path file, Proc proc) {
    return lines(file)
        .map(line -> line.trim().split(" +"))
        .anyMatch(
            words ->
                words.length >= 3
                    && words[1].equals(String.valueOf(proc.pid()))
                    && words[2].equals(String.valueOf(proc.start())));
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException gone) {
      return Stream.empty();
    }
  }
}
