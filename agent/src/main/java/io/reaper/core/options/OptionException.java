package io.reaper.core.options;

/** A wrong option. Its message is the one line that the operator reads. */
public final class OptionException extends Exception {
  private static final long serialVersionUID = 1;

  OptionException(String message) {
    super(message);
  }

  static OptionException unknownKey(String key, String where) {
    StringBuilder accepted = new StringBuilder();
    Option nearest = Option.CHILDREN;
    for (Option option : Option.values()) {
      accepted.append(accepted.length() == 0 ? "" : ", ").append(option.key());
      if (distance(key, option.key()) < distance(key, nearest.key())) {
        nearest = option;
      }
    }
    return new OptionException(
        "unknown option '"
            + key
            + "' in "
            + where
            + "; did you mean '"
            + nearest.key()
            + "'? Accepted are "
            + accepted);
  }

  static OptionException badValue(Option option, String value) {
    return new OptionException(
        "'" + value + "' is no value for '" + option.key() + "'; accepted is " + option.accepted());
  }

  /** The number of letters to insert, delete or change (Levenshtein). */
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
