package io.reaper.it.bench;

import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A cgroup v2 leaf around what is measured: it accounts for the CPU of all processes inside to the
 * microsecond, knows what is there, and lets nothing out alive when it is closed.
 */
public final class Cgroup implements AutoCloseable {

  private final Path path;
  private final Thread hook;

  private Cgroup(Path path) {
    this.path = path;
    this.hook = new Thread(this::killAndRemove);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  static Cgroup create() throws IOException {
    return new Cgroup(Files.createTempDirectory(own(), "reaper-bench-"));
  }

  /** Whether there is one that this user may write to. */
  public static boolean isAvailable() {
    try {
      return Files.isWritable(own().resolve("cgroup.procs"));
    } catch (IOException e) {
      return false;
    }
  }

  /** The cgroup of this JVM, wherever version 2 is mounted. */
  private static Path own() throws IOException {
    String mount =
        Files.readAllLines(Path.of("/proc/self/mounts")).stream()
            .map(line -> line.split(" "))
            .filter(fields -> fields[2].equals("cgroup2"))
            .map(fields -> fields[1])
            .findFirst()
            .orElseThrow(() -> new IOException("no cgroup v2 is mounted"));
    String cgroup =
        Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
            .filter(line -> line.startsWith("0::"))
            .findFirst()
            .orElse("0::/");
    return Path.of(mount, cgroup.substring("0::".length()));
  }

  /** The command that starts this one inside. */
  List<String> within(List<String> command) {
    List<String> within = new ArrayList<>();
    within.addAll(List.of("sh", "-c", "echo 0 >\"$0\" && exec \"$@\""));
    within.add(path.resolve("cgroup.procs").toString());
    within.addAll(command);
    return within;
  }

  /** Returns the CPU time that all processes that are or were inside have had so far. */
  long cpuNanos() throws IOException {
    String usage = Files.readAllLines(path.resolve("cpu.stat")).get(0);
    return TimeUnit.MICROSECONDS.toNanos(Long.parseLong(usage.replace("usage_usec ", "")));
  }

  /** Returns every process inside, in leaves of leaves too. */
  List<Proc> members() throws IOException {
    List<Proc> members = new ArrayList<>();
    for (Path leaf : leaves()) {
      for (String pid : Files.readAllLines(leaf.resolve("cgroup.procs"))) {
        Proc.of(Long.parseLong(pid)).ifPresent(members::add);
      }
    }
    return members;
  }

  /** Waits until every process has left by itself. */
  void awaitEmpty() throws IOException {
    Path events = path.resolve("cgroup.events");
    while (!Files.readAllLines(events).contains("populated 0")) {
      LockSupport.parkNanos(200_000);
    }
  }

  void kill() {
    try {
      Files.writeString(path.resolve("cgroup.kill"), "1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    killAndRemove();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private void killAndRemove() {
    try {
      kill();
      awaitEmpty();
      for (Path leaf : leaves()) {
        Files.delete(leaf);
      }
    } catch (NoSuchFileException e) {
      // Closed already.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** This one and those below, the deepest first. */
  private List<Path> leaves() throws IOException {
    try (Stream<Path> tree = Files.walk(path)) {
      return tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
    }
  }
}
