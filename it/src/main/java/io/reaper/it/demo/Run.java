package io.reaper.it.demo;

import io.reaper.it.harness.Proc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One worker, run to its end, and the processes that it said it started; closing it ends them. */
final class Run implements AutoCloseable {

  private final Map<String, Proc> started = new ConcurrentHashMap<>();
  private final Thread hook = new Thread(this::endAll);
  private final String stderr;
  private final int status;
  private final long end;

  private Run(List<String> command) throws IOException, InterruptedException {
    Runtime.getRuntime().addShutdownHook(hook);
    // A file, not a pipe: what outlives the worker would hold a pipe open.
    Path file = Files.createTempFile("reaper-demo-", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(file.toFile());
      List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")
          .forEach(builder.environment()::remove);
      Process worker = builder.start();
      try (BufferedReader output = worker.inputReader()) {
        // Once a line, while what it names still lives.
        output.lines().forEach(this::remember);
      } catch (UncheckedIOException e) {
        // The JDK may close the pipe of a process that is gone.
      }
      status = worker.waitFor();
      end = System.nanoTime();
      stderr = Files.readString(file);
    } finally {
      Files.delete(file);
    }
  }

  static Run of(List<String> command) throws IOException, InterruptedException {
    return new Run(command);
  }

  private void remember(String line) {
    String[] words = line.split(" ");
    long pid = Long.parseLong(words[1]);
    started.put(words[0], Proc.of(pid).orElse(new Proc(pid, 0)));
  }

  /** Waits until all are gone, but not for ever; says how long after the worker's end that was. */
  Duration awaitGone(Duration patience) throws InterruptedException {
    while (started.values().stream().anyMatch(Proc::isAlive)
        && since(end).compareTo(patience) < 0) {
      Thread.sleep(1);
    }
    return since(end);
  }

  boolean survives(String name) {
    Proc proc = started.get(name);
    if (proc == null) {
      throw new IllegalStateException("the worker did not start " + name + ": " + stderr);
    }
    return proc.isAlive();
  }

  int status() {
    return status;
  }

  String stderr() {
    return stderr.strip();
  }

  @Override
  public void close() {
    endAll();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private void endAll() {
    Proc.signal("KILL", started.values());
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }
}
