package io.reaper.it.spark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;

/**
 * A driver that makes one SparkContext after the other, each with other options for its executors,
 * and prints how long each took. All have the same driver, so that its warmth is shared.
 */
public final class InTurn {

  /** Before a name and the milliseconds from an executor's process to its registration. */
  public static final String START = "START";

  /** Before a name and the milliseconds of the first job of new executors. */
  public static final String COLD = "COLD";

  /** Before a name and the milliseconds of the second. */
  public static final String WARM = "WARM";

  /** Before a name and the milliseconds of CPU that its executors have used, start and all. */
  public static final String CPU = "CPU";

  private static final int PARTITIONS = 60;
  private static final int NUMBERS = 30_000;
  private static final double TICKS_PER_SECOND = 100;

  /** When the kernel had been up for so many seconds, the executor was registered. */
  private static final Map<String, Double> REGISTERED = new ConcurrentHashMap<>();

  private final List<Integer> partitions = IntStream.range(0, PARTITIONS).boxed().toList();
  private long rightResult;

  private InTurn() {}

  /** Takes the directory, the rounds, START or WARM, and pairs of a name and executor options. */
  public static void main(String[] args) {
    Map<String, String> variants = new LinkedHashMap<>();
    for (int i = 3; i < args.length; i += 2) {
      variants.put(args[i], args[i + 1]);
    }
    InTurn turns = new InTurn();
    List<String> names = List.copyOf(variants.keySet());
    boolean start = args[2].equals(START);
    // The first round, which fills the caches, counts for none.
    for (int round = 0; round <= Integer.parseInt(args[1]); round++) {
      for (int turn = 0; turn < names.size(); turn++) {
        // None is always the first.
        String name = names.get((round + turn) % names.size());
        turns.measure(round == 0 ? "" : name, variants.get(name), start);
      }
    }
  }

  private void measure(String name, String options, boolean start) {
    REGISTERED.clear();
    SparkConf conf = new SparkConf().set("spark.cores.max", start ? "1" : "2");
    // Both executors before the first task, and no task that waits for a better place.
    conf.set("spark.scheduler.minRegisteredResourcesRatio", "1");
    conf.set("spark.locality.wait", "0");
    // Not by a call: by then they are registered.
    conf.set("spark.extraListeners", Registrations.class.getName());
    if (!options.isEmpty()) {
      conf.set("spark.executor.extraJavaOptions", options);
    }
    List<Long> executors;
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      if (start) {
        executors = executors(spark);
        print(START, name, (REGISTERED.get("0") - startOf(executors.get(0))) * 1e3);
      } else {
        print(COLD, name, job(spark));
        print(WARM, name, job(spark));
        executors = executors(spark);
      }
      print(CPU, name, executors.stream().mapToDouble(InTurn::cpuOf).sum() * 1e3);
    }
    // What is left of one context is not to slow the next.
    while (executors.stream().anyMatch(pid -> Files.exists(Path.of("/proc", pid.toString())))) {
      LockSupport.parkNanos(10_000_000);
    }
    LockSupport.parkNanos(500_000_000);
  }

  private static void print(String what, String name, double millis) {
    if (!name.isEmpty()) {
      System.out.println(what + " " + name + " " + millis);
    }
  }

  // Some arithmetic, and a program that each task pipes its numbers through.
  private double job(JavaSparkContext spark) {
    long start = System.nanoTime();
    long sum =
        spark
            .parallelize(partitions, PARTITIONS)
            .mapPartitions(
                seeds ->
                    LongStream.iterate(seeds.next() + 1, n -> (n * 16807) % 2147483647)
                        .limit(NUMBERS)
                        .iterator())
            .pipe("tr 0-9 1-90")
            .map(Long::valueOf)
            .reduce(Long::sum);
    double millis = (System.nanoTime() - start) / 1e6;
    rightResult = rightResult == 0 ? sum : rightResult;
    if (sum != rightResult) {
      throw new IllegalStateException(sum + " instead of " + rightResult);
    }
    return millis;
  }

  private List<Long> executors(JavaSparkContext spark) {
    return spark
        .parallelize(partitions, PARTITIONS)
        .map(any -> ProcessHandle.current().pid())
        .distinct()
        .collect();
  }

  // Of the clock that startOf is told by: that of the day may be a second off.
  private static double uptime() {
    return Double.parseDouble(read("/proc/uptime").split(" ")[0]);
  }

  private static double startOf(long pid) {
    return seconds(stat(pid)[19]);
  }

  private static double cpuOf(long pid) {
    String[] stat = stat(pid);
    return seconds(stat[11]) + seconds(stat[12]);
  }

  private static double seconds(String ticks) {
    return Long.parseLong(ticks) / TICKS_PER_SECOND;
  }

  // From the third field on: the second, the command's name, may hold spaces and parentheses.
  private static String[] stat(long pid) {
    String line = read("/proc/" + pid + "/stat");
    return line.substring(line.lastIndexOf(')') + 2).split(" ");
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes when each executor of the present context was registered; Spark makes it by name. */
  public static final class Registrations extends SparkListener {
    @Override
    public void onExecutorAdded(SparkListenerExecutorAdded added) {
      // The event is told of later than it was.
      double ago = (System.currentTimeMillis() - added.time()) / 1e3;
      REGISTERED.put(added.executorId(), uptime() - ago);
    }
  }
}
