package io.reaper.core.look;

import io.reaper.core.observe.Printable;
import java.util.ArrayList;
import java.util.List;

/** Rows of words, each column as wide as its longest word. */
final class Columns {
  private Columns() {}

  /** All rows have as many words as the first. */
  static String of(List<String[]> raw) {
    List<String[]> rows = new ArrayList<>();
    for (String[] row : raw) {
      String[] shown = new String[row.length];
      for (int i = 0; i < row.length; i++) {
        shown[i] = Printable.of(row[i]);
      }
      rows.add(shown);
    }
    int[] widths = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      for (int i = 0; i < row.length - 1; i++) {
        text.append(row[i]).append(" ".repeat(widths[i] + 2 - row[i].length()));
      }
      text.append(row[row.length - 1]).append('\n');
    }
    return text.toString();
  }
}
