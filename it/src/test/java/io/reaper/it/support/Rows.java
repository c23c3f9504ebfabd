package io.reaper.it.support;

import io.reaper.it.harness.Jdk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The rows of a parametrised test. With {@code -Pfull} they are all combinations of the values; a
 * quick build has so many of these that nothing is left out.
 */
public final class Rows {

  private Rows() {}

  /** Has each value in a row. */
  public static Stream<Arguments> withEachValue(List<?>... columns) {
    return rows(1, columns);
  }

  /** Has each pair of values of two columns in a row. */
  public static Stream<Arguments> withEachPair(List<?>... columns) {
    return rows(2, columns);
  }

  private static Stream<Arguments> rows(int together, List<?>... columns) {
    List<List<Object>> all = product(List.of(columns));
    return (Jdk.FULL ? all : cover(all, together)).stream().map(List::toArray).map(Arguments::of);
  }

  private static List<List<Object>> product(List<List<?>> columns) {
    List<List<Object>> rows = List.of(List.of());
    for (List<?> column : columns) {
      rows =
          rows.stream()
              .flatMap(
                  row ->
                      column.stream()
                          .map(value -> Stream.concat(row.stream(), Stream.of(value)).toList()))
              .toList();
    }
    return rows;
  }

  /** Takes the row that has most of what is still missing, and of those the least worn one. */
  private static List<List<Object>> cover(List<List<Object>> all, int together) {
    List<List<Object>> taken = new ArrayList<>();
    Set<Object> covered = new HashSet<>();
    Map<Object, Integer> uses = new HashMap<>();
    while (true) {
      List<Object> best = null;
      int most = 0;
      int least = 0;
      for (List<Object> row : all) {
        Set<Object> found = groups(row, together);
        found.removeAll(covered);
        int used = groups(row, 1).stream().mapToInt(value -> uses.getOrDefault(value, 0)).sum();
        if (found.size() > most || (found.size() == most && most > 0 && used < least)) {
          best = row;
          most = found.size();
          least = used;
        }
      }
      if (best == null) {
        return taken;
      }
      taken.add(best);
      covered.addAll(groups(best, together));
      groups(best, 1).forEach(value -> uses.merge(value, 1, Integer::sum));
    }
  }

  /** The values of a row with their columns, alone or as pairs. */
  private static Set<Object> groups(List<Object> row, int together) {
    Set<Object> groups = new HashSet<>();
    IntStream.range(0, row.size())
        .forEach(
            one ->
                IntStream.range(together == 1 ? one : one + 1, together == 1 ? one + 1 : row.size())
                    .forEach(
                        other -> groups.add(List.of(one, row.get(one), other, row.get(other)))));
    return groups;
  }
}
