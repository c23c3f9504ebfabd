package io.reaper.it.flink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A job on the cluster, and what comes out of it. */
record Job(String id, int count, Path gate, Path results) {

  /** Lets the rest of the numbers flow as fast as they can. */
  void mayEnd() throws IOException {
    Files.createFile(gate);
  }

  /** The lines that the sinks have written, in order. */
  List<String> result() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(results)) {
      for (Path file : files.toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines.stream().sorted().toList();
  }

  /** The same, computed here. */
  List<String> expected() {
    Map<Long, Long> totals = new TreeMap<>();
    LongStream.rangeClosed(1, count)
        .map(number -> number * number)
        .forEach(square -> totals.merge(square % 10, square, Long::sum));
    return totals.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
  }
}
