package io.reaper.it.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The worker of the benchmark. Does what the lines on its standard input say, answers each with a
 * line, and ends when there are no more.
 */
public final class Spawner {

  /** Starts a chain: each process is the parent of the next. */
  private static final String CHAIN =
      "if [ $1 -gt 1 ]; then sh -c \"$0\" \"$0\" $(($1 - 1)) & fi; exec sleep 600";

  private Spawner() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      int count = words.length == 1 ? 0 : Integer.parseInt(words[1]);
      System.out.println(
          switch (words[0]) {
            case "spawn" -> spawn(count);
            case "wide" -> wide(count);
            case "chain" -> chain(count);
            case "busy" -> busy(count);
            case "usage" -> usage();
            case "peak" -> peak();
            case "threads" -> threads();
            default -> throw new IllegalArgumentException(line);
          });
    }
  }

  /** Nanoseconds that start() took, and start() and waitFor() together. */
  private static String spawn(int count) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/bin/true");
    long start = 0;
    long total = 0;
    for (int i = 0; i < count; i++) {
      long t0 = System.nanoTime();
      Process process = builder.start();
      long t1 = System.nanoTime();
      process.waitFor();
      start += t1 - t0;
      total += System.nanoTime() - t0;
    }
    return start + " " + total;
  }

  private static String wide(int count) throws IOException {
    ProcessBuilder builder = quiet("sleep", "600");
    for (int i = 0; i < count; i++) {
      builder.start();
    }
    return "started";
  }

  private static String chain(int count) throws IOException {
    quiet("sh", "-c", CHAIN, CHAIN, Integer.toString(count)).start();
    return "started";
  }

  /** So many threads that never rest. */
  private static String busy(int count) {
    for (int i = 0; i < count; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (true) {
                  Thread.onSpinWait();
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
    return "started";
  }

  /** Without pipes: the JDK closes all that are open in every new child, one by one. */
  private static ProcessBuilder quiet(String... command) {
    return new ProcessBuilder(command)
        .redirectInput(new File("/dev/null"))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  /** Bytes of heap in use, threads, file descriptors. */
  private static String usage() throws IOException, InterruptedException {
    // Cleaners and the JDK's own threads for dead children need a moment between two collections.
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(500);
    }
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return heap + " " + threads + " " + files.count();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Most bytes of heap in use since it was asked for the last time, in all pools together. */
  private static String peak() {
    long peak = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        peak += pool.getPeakUsage().getUsed();
        pool.resetPeakUsage();
      }
    }
    return Long.toString(peak);
  }

  private static String threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .sorted()
        .collect(Collectors.joining(","));
  }
}
