package io.reaper.core.options;

/** Is thrown for a wrong option. Its message is the one line that the operator reads. */
public final class OptionException extends Exception {
  private static final long serialVersionUID = 1;

  /** Creates one with that line. */
  public OptionException(String message) {
    super(message);
  }

  static OptionException unknownKey(String key, String source) {
    StringBuilder accepted = new StringBuilder();
    for (Option option : Option.values()) {
      accepted.append(accepted.length() == 0 ? "" : ", ").append(option.key());
    }
    return new OptionException(
        "unknown option '"
            + key
            + "' in "
            + source
            + "; did you mean '"
            + NearMiss.nearest(key).key()
            + "'? Accepted are "
            + accepted);
  }

  static OptionException badValue(Option option, Given.Setting setting) {
    return new OptionException(
        "'"
            + setting.value()
            + "' is no value for '"
            + option.key()
            + "' in "
            + setting.source()
            + "; accepted is "
            + option.accepted());
  }
}
