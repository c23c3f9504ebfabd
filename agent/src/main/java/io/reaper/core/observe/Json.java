package io.reaper.core.observe;

/** Writes JSON (RFC 8259), one value after the other; each call returns this writer. */
public final class Json {
  private final StringBuilder text = new StringBuilder();
  private boolean first = true;

  private void separate() {
    if (!first) {
      text.append(',');
    }
    first = false;
  }

  /** Begins an object. */
  public Json open() {
    separate();
    text.append('{');
    first = true;
    return this;
  }

  /** Begins an object that is a member. */
  public Json open(String name) {
    key(name);
    text.append('{');
    first = true;
    return this;
  }

  /** Ends an object. */
  public Json close() {
    text.append('}');
    first = false;
    return this;
  }

  /** Begins an array. */
  public Json openArray() {
    separate();
    text.append('[');
    first = true;
    return this;
  }

  /** Begins an array that is a member. */
  public Json openArray(String name) {
    key(name);
    text.append('[');
    first = true;
    return this;
  }

  /** Ends an array. */
  public Json closeArray() {
    text.append(']');
    first = false;
    return this;
  }

  /** Adds a string to an array. */
  public Json add(String value) {
    separate();
    string(value);
    return this;
  }

  /** Writes a number as a member. */
  public Json put(String name, long value) {
    key(name);
    text.append(value);
    return this;
  }

  /** Writes true or false as a member. */
  public Json put(String name, boolean value) {
    key(name);
    text.append(value);
    return this;
  }

  /** Writes a string as a member. */
  public Json put(String name, String value) {
    key(name);
    string(value);
    return this;
  }

  private void key(String name) {
    separate();
    string(name);
    text.append(':');
  }

  private void string(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char letter = value.charAt(i);
      if (letter == '"' || letter == '\\') {
        text.append('\\').append(letter);
      } else if (letter < ' '
          || letter > '~' && (Character.isSurrogate(letter) || !Printable.isVisible(letter))) {
        // The number keeps the text exact, and does nothing to a terminal.
        Printable.appendNumber(text, letter);
      } else {
        text.append(letter);
      }
    }
    text.append('"');
  }

  @Override
  public String toString() {
    return text.append('\n').toString();
  }
}
