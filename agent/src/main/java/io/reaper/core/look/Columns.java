package io.reaper.core.look;

import io.reaper.core.observe.Printable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lays out rows of words, each column as wide as its longest word. */
final class Columns {
  private static final String GAP = "  ";

  private Columns() {}

  /** Returns the rows on a line each; all rows have as many words as the first. */
  static String of(List<String[]> rows) {
    int[] unlimited = new int[rows.get(0).length];
    Arrays.fill(unlimited, Integer.MAX_VALUE);
    return of(rows, unlimited);
  }

  /**
   * Returns the rows; what is longer than its column may be goes on below.
   *
   * @param most how wide each column may be; it is broken at spaces
   */
  static String of(List<String[]> rows, int... most) {
    List<String[]> lines = new ArrayList<>();
    for (String[] row : rows) {
      wrap(row, most, lines);
    }
    int[] widths = new int[most.length];
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] line : lines) {
      int last = line.length - 1;
      while (last > 0 && line[last].isEmpty()) {
        last--;
      }
      for (int i = 0; i < last; i++) {
        text.append(line[i]).append(" ".repeat(widths[i] - line[i].length())).append(GAP);
      }
      text.append(line[last]).append('\n');
    }
    return text.toString();
  }

  private static void wrap(String[] row, int[] most, List<String[]> to) {
    List<List<String>> cells = new ArrayList<>();
    int height = 1;
    for (int i = 0; i < row.length; i++) {
      List<String> cell = lines(Printable.of(row[i]), most[i]);
      height = Math.max(height, cell.size());
      cells.add(cell);
    }
    for (int at = 0; at < height; at++) {
      String[] line = new String[row.length];
      for (int i = 0; i < row.length; i++) {
        line[i] = at < cells.get(i).size() ? cells.get(i).get(at) : "";
      }
      to.add(line);
    }
  }

  /**
   * Returns the text in lines of at most so many letters, broken at spaces, or anywhere if need be.
   */
  static List<String> lines(String text, int most) {
    List<String> lines = new ArrayList<>();
    String left = text;
    while (left.length() > most) {
      int space = left.lastIndexOf(' ', most);
      int end = space > 0 ? space : most;
      lines.add(left.substring(0, end));
      left = left.substring(space > 0 ? end + 1 : end);
    }
    lines.add(left);
    return lines;
  }
}
