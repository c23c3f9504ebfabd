package io.reaper.core.look;

import io.reaper.core.observe.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds one thing that was tried out: whether it is there, what was found, and what to do if not.
 */
final class Check {
  /** The letters that a terminal of 80 columns has beside the two other columns. */
  private static final int LONGEST_FINDING = 57;

  private final String name;
  private final boolean there;
  private final String found;
  private final String remedy;

  /**
   * Creates the result of a check.
   *
   * @param remedy what to do about it; empty if nothing has to be done
   */
  Check(String name, boolean there, String found, String remedy) {
    this.name = name;
    this.there = there;
    this.found = found;
    this.remedy = there ? "" : remedy;
  }

  String name() {
    return name;
  }

  boolean there() {
    return there;
  }

  /** Returns the checks as a table for a person. */
  static String table(List<Check> checks) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"CHECK", "HERE", "FOUND"});
    for (Check check : checks) {
      rows.add(new String[] {check.name, check.there ? "yes" : "no", check.found});
      if (!check.remedy.isEmpty()) {
        rows.add(new String[] {"", "", "-> " + check.remedy});
      }
    }
    return Columns.of(rows, Integer.MAX_VALUE, Integer.MAX_VALUE, LONGEST_FINDING);
  }

  /** Adds the checks as a member. */
  static void put(Json json, List<Check> checks) {
    json.openArray("checks");
    for (Check check : checks) {
      json.open()
          .put("check", check.name)
          .put("here", check.there)
          .put("found", check.found)
          .put("remedy", check.remedy)
          .close();
    }
    json.closeArray();
  }
}
