package io.reaper.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Compares the table of JDKs in the docs with what has passed: a cell such as {@code 6 + 5} counts
 * the ways to end in order and the ways to crash after which each process was as it should be.
 */
public final class SupportTable {
  private static final String PAGE = "agent/docs/support.md";

  /** How many tests of each row are still to pass. */
  private final Map<Row, AtomicInteger> open = new ConcurrentHashMap<>();

  private record Row(int java, Mode mode, End end) {}

  /** Announces the tests of one mode and end on one JDK. */
  public void expect(Jdk jdk, Mode mode, End end, int tests) {
    open.put(new Row(jdk.feature(), mode, end), new AtomicInteger(tests));
  }

  /** Takes note that one of those tests has passed. */
  public void passed(Jdk jdk, Mode mode, End end) {
    open.get(new Row(jdk.feature(), mode, end)).decrementAndGet();
  }

  /** Fails if the docs promise what a full build has not passed, or less than what has passed. */
  public void compareWithDocs() throws IOException {
    List<List<String>> table =
        Files.readAllLines(DocCommand.root().resolve(PAGE)).stream()
            .filter(line -> line.startsWith("| "))
            .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
            .toList();
    List<String> heads = table.get(0);
    for (List<String> line : table) {
      for (Mode mode : Mode.values()) {
        int column = heads.indexOf(mode.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (column > 0 && line.size() == heads.size() && line.get(column).contains(" + ")) {
          String[] told = line.get(column).split(" \\+ ");
          compare(line.get(1), mode, false, Integer.parseInt(told[0]));
          compare(line.get(1), mode, true, Integer.parseInt(told[1]));
        }
      }
    }
  }

  private void compare(String java, Mode mode, boolean isCrash, int told) {
    List<Row> rows =
        open.keySet().stream()
            .filter(row -> java.equals("" + row.java) && row.mode == mode)
            .filter(row -> row.end.isCrash() == isCrash)
            .toList();
    long passed = rows.stream().filter(row -> open.get(row).get() == 0).count();
    // A quick build, and a JDK that is not here, leave some out.
    assertThat(passed)
        .as("%s, Java %s, %s, %s", PAGE, java, mode, isCrash ? "crashes" : "ends in order")
        .isBetween(Jdk.FULL && !rows.isEmpty() ? told : 0L, (long) told);
  }
}
