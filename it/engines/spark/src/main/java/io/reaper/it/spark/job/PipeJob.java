package io.reaper.it.spark.job;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Pipes numbers through a program that doubles them, once for each line on standard input, which
 * names the gate that the program waits at. Its tasks start helpers, too.
 */
public final class PipeJob {

  /** The script in the driver's directory. */
  public static final String PROGRAM = "pipe";

  /** Before the result on standard output: how many came back, and their sum. */
  public static final String RESULT = "RESULT ";

  /** The numbers are those from 1 to this. */
  public static final int NUMBERS = 1000;

  /** In each round, unless one has to be tried again. */
  public static final int TASKS = 2;

  private PipeJob() {}

  /** Takes the directory. */
  public static void main(String[] args) throws Exception {
    String dir = args[0];
    String program = Path.of(dir, PROGRAM).toString();
    List<Integer> numbers = IntStream.rangeClosed(1, NUMBERS).boxed().toList();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
      for (String gate = in.readLine(); gate != null; gate = in.readLine()) {
        List<String> doubled =
            spark
                .parallelize(numbers, TASKS)
                .mapPartitions(
                    partition -> {
                      Helpers.start(dir);
                      return partition;
                    })
                .pipe(List.of("sh", program, gate))
                .collect();
        long sum = doubled.stream().mapToLong(Long::parseLong).sum();
        System.out.println(RESULT + doubled.size() + " " + sum);
      }
    }
  }
}
