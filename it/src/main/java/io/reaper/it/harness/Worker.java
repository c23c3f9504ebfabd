package io.reaper.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real worker JVM and what it started. Its processes report themselves into a file, since some of
 * them have no environment, no parent and no pipe to say it by; closing it ends them all.
 */
public final class Worker implements AutoCloseable {

  static final String REPORT = "report";
  static final String STDOUT = "stdout";
  static final String STDERR = "stderr";

  /** The name under which a worker reports itself. */
  public static final String SELF = "WORKER";

  private static final String LEAF = "leaf";
  private static final int LAST_ROUND = 100;
  private static final int LONGEST_START_SECONDS = 30;

  private final Process process;
  private final Path dir;
  private final Proc launched;
  private final Map<Long, Proc> known = new HashMap<>();

  Worker(Process process, Path dir) {
    this.process = process;
    this.dir = dir;
    // Now, while the pid cannot be another's.
    this.launched = Proc.of(process.pid()).orElse(new Proc(process.pid(), 0));
    known.put(launched.pid(), launched);
  }

  /** A script that reports itself under the name it is given, and sleeps. */
  static void writeLeaf(Path dir) throws IOException {
    String script = "echo \"$1 $$\" >> \"${0%/*}/" + REPORT + "\"; exec sleep 1000\n";
    Files.writeString(dir.resolve(LEAF), script);
    Files.createFile(dir.resolve(REPORT));
  }

  /** Path of the script that reports itself and sleeps: {@code sh leaf NAME}. */
  public static Path leaf(Path dir) {
    return dir.resolve(LEAF);
  }

  /** Appends a line to a report, as the leaf does. */
  public static void report(Path report, String name, long pid) {
    try {
      Files.writeString(report, name + " " + pid + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path dir() {
    return dir;
  }

  /** The process that was started: the worker, or the command above it. */
  public Proc launched() {
    return launched;
  }

  /** Returns the worker; waits until it has reported itself. */
  public Proc self() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
    while (reported(SELF).isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return reported(SELF).get(0);
  }

  /** Returns what has reported itself under this name so far. */
  public List<Proc> reported(String name) {
    return reported().getOrDefault(name, List.of());
  }

  /**
   * Returns what has reported itself so far, by name; a process keeps the start time it was first
   * seen with.
   */
  public synchronized Map<String, List<Proc>> reported() {
    Map<String, List<Proc>> byName = new HashMap<>();
    String text = text(REPORT);
    // A line that crosses a page of the file can be seen by halves.
    for (String line :
        text.substring(0, text.lastIndexOf('\n') + 1).lines().collect(Collectors.toList())) {
      int space = line.indexOf(' ');
      long pid = Long.parseLong(line.substring(space + 1));
      Proc proc = known.computeIfAbsent(pid, p -> Proc.of(p).orElse(new Proc(p, 0)));
      byName.computeIfAbsent(line.substring(0, space), n -> new ArrayList<>()).add(proc);
    }
    return byName;
  }

  /**
   * Returns whether the script of this name runs that starts itself anew and ends, all the time.
   * One generation is always there, but a look at all processes can miss both.
   */
  public boolean isForking(String script) {
    String path = dir.resolve(script).toString();
    for (int look = 0; look < 10; look++) {
      if (Proc.withCommand(path).anyMatch(Proc::isAlive)) {
        return true;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
    }
    return false;
  }

  // Those that no report names; they have the worker's directory on their command line, in their
  // environment if they have written over that, or, caught in the middle of their start, as their
  // own.
  private Stream<Proc> unreported() {
    String path = dir.toString();
    return Proc.all()
        .filter(proc -> proc.start() >= launched.start())
        .filter(
            proc ->
                proc.commandLine().contains(path)
                    || proc.environment().contains(path)
                    || proc.workingDirectory().startsWith(path));
  }

  /** Writes a line to the worker's standard input. */
  public void say(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the worker's standard input: it has no more to wait for. */
  public void sayNothing() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** The status it ended with; 128+n for a signal. */
  public int waitFor(int seconds) {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new AssertionError("still alive after " + seconds + " s; stderr: " + stderr());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for the worker", e);
    }
  }

  public String stdout() {
    return text(STDOUT);
  }

  public String stderr() {
    return text(STDERR);
  }

  private String text(String file) {
    try {
      return Files.readString(dir.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills every process by pid and start time, until a look around finds no new one. */
  @Override
  public void close() {
    // First what is above the worker and could still start another.
    launched.kill();
    List<Proc> left = living();
    for (int round = 0; !left.isEmpty() && round < LAST_ROUND; round++) {
      Proc.signal("KILL", left);
      left = living();
    }
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // A leftover of a test in the temporary directory is no reason to fail it.
    }
  }

  private synchronized List<Proc> living() {
    reported();
    return Stream.concat(known.values().stream(), unreported())
        .distinct()
        .filter(Proc::isAlive)
        .collect(Collectors.toList());
  }
}
