package io.reaper.core.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds what is different in two sets of options. */
public final class Difference {
  private Difference() {}

  /** Returns each option that has changed, as key and both values, in the order of the table. */
  public static List<String> between(Options before, Options after) {
    List<String> changes = new ArrayList<>();
    Map<Option, String> later = after.texts();
    for (Map.Entry<Option, String> each : before.texts().entrySet()) {
      String now = later.get(each.getKey());
      if (!each.getValue().equals(now)) {
        changes.add(each.getKey().key() + ": " + dash(each.getValue()) + " -> " + dash(now));
      }
    }
    return changes;
  }

  private static String dash(String value) {
    return value.isEmpty() ? "-" : value;
  }
}
