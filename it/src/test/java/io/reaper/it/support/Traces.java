package io.reaper.it.support;

import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the agent itself puts into the world, of which nothing may be left after a worker. */
public final class Traces {

  private Traces() {}

  /** For {@code dir=}: a place of this worker's own, which the agent makes when it needs it. */
  public static Path ledgers(Path workerDir) {
    return workerDir.resolve("ledgers");
  }

  /** The worker's sentinels, their starters and sweepers: each is told of the ledger. */
  public static List<Proc> sentinels(Worker worker) {
    return sentinels(worker.dir());
  }

  /** The same of all workers whose ledgers are in that worker's directory. */
  public static List<Proc> sentinels(Path workerDir) {
    String ledgers = ledgers(workerDir) + "/";
    return Proc.withCommand(ledgers).toList();
  }

  /** Whether its sentinel is there, and no starter's child any more. */
  public static boolean isWatched(Worker worker) {
    return !worker.reported(Worker.SELF).isEmpty()
        && sentinels(worker).stream().anyMatch(proc -> proc.ppid() != worker.self().pid());
  }

  /** Whether the ledger names all that has been started. */
  public static boolean areStartsOver(Worker worker) throws IOException {
    List<Path> ledgers = ledgerFiles(worker);
    return !ledgers.isEmpty() && Files.readAllLines(ledgers.get(0)).get(1).endsWith(" 0");
  }

  /** Each sentinel, and what has open what it reads: itself, and what it still waits for. */
  public static List<String> holdersOfLifelines(Worker worker) {
    return sentinels(worker).stream()
        .map(sentinel -> inWords(sentinel) + "\nreads " + holdersOf(sentinel.open(0)))
        .toList();
  }

  private static String holdersOf(String file) {
    return Proc.all()
        .filter(proc -> proc.open().contains(file))
        .map(Traces::inWords)
        .collect(Collectors.joining("\n", file + ", which is open in\n", "\n"));
  }

  private static String inWords(Proc proc) {
    return proc.pid() + " " + proc.state() + " " + proc.commandLine();
  }

  /** Ledgers, whole or begun; the native library may stay beside them for the next worker. */
  public static List<Path> ledgerFiles(Worker worker) {
    return Ledgers.in(ledgers(worker.dir()));
  }

  /** The cgroup leaf that the worker has made below the cgroup of its starter, if it is there. */
  public static List<Path> leaves(Worker worker) {
    String name = "reaper-" + worker.self().pid() + "-" + worker.self().start();
    return Cgroup2.isMounted()
        ? list(Cgroup2.directoryOf(Proc.self())).stream()
            .filter(leaf -> leaf.getFileName().toString().equals(name))
            .toList()
        : List.of();
  }

  /** All of them, in words. */
  public static List<String> of(Worker worker) {
    return Stream.of(
            sentinels(worker).stream().map(Traces::inWords),
            ledgerFiles(worker).stream().map(Path::toString),
            leaves(worker).stream().map(Path::toString))
        .flatMap(traces -> traces)
        .toList();
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
