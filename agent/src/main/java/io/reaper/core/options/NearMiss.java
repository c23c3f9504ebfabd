package io.reaper.core.options;

import java.util.Locale;

/** Finds the option that was meant by a name with a slip in it. */
final class NearMiss {
  private static final int SHORT = 4;

  private NearMiss() {}

  /** Returns the option with the nearest key, however far that is. */
  static Option nearest(String name) {
    Option nearest = Option.CHILDREN;
    for (Option option : Option.values()) {
      if (distance(name, option.key()) < distance(name, nearest.key())) {
        nearest = option;
      }
    }
    return nearest;
  }

  /**
   * Returns the option whose key that name is, exactly or but for a slip: capitals and separators
   * aside one letter in a short word, two in a longer one, or a word that stops too early. Returns
   * null if there is none.
   */
  static Option of(String name) {
    String bare = bare(name);
    Option nearest = null;
    int least = Integer.MAX_VALUE;
    for (Option option : Option.values()) {
      String key = bare(option.key());
      int distance = key.equals(bare) ? 0 : distance(bare, key);
      int most = Math.min(bare.length(), key.length()) <= SHORT ? 1 : 2;
      boolean stops = bare.length() >= SHORT && key.startsWith(bare);
      if ((distance <= most || stops) && distance < least) {
        nearest = option;
        least = distance;
      }
    }
    return nearest;
  }

  private static String bare(String name) {
    StringBuilder letters = new StringBuilder();
    for (char letter : name.toLowerCase(Locale.ROOT).toCharArray()) {
      if (letter != '-' && letter != '_' && letter != '.') {
        letters.append(letter);
      }
    }
    return letters.toString();
  }

  /** Returns the number of letters to insert, delete or change (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
