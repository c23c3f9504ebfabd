package io.reaper.core.ondemand.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads an object of JSON (RFC 8259) whose members are strings and whole numbers. */
public final class FlatJson {
  private final String text;
  private int at;

  private FlatJson(String text) {
    this.text = text;
  }

  /** Returns the members, numbers as they stand there, or null if the line is no such object. */
  public static Map<String, String> read(String line) {
    try {
      return new FlatJson(line.trim()).object();
    } catch (IndexOutOfBoundsException | IllegalArgumentException other) {
      return null;
    }
  }

  private Map<String, String> object() {
    Map<String, String> members = new LinkedHashMap<>();
    expect('{');
    do {
      String key = string();
      expect(':');
      members.put(key, text.charAt(at) == '"' ? string() : number());
    } while (text.charAt(at++) == ',');
    if (text.charAt(at - 1) != '}' || at != text.length()) {
      throw new IllegalArgumentException();
    }
    return members;
  }

  private void expect(char letter) {
    if (text.charAt(at++) != letter) {
      throw new IllegalArgumentException();
    }
  }

  private String number() {
    int start = at;
    while (Character.isDigit(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw new IllegalArgumentException();
    }
    return text.substring(start, at);
  }

  private String string() {
    expect('"');
    StringBuilder value = new StringBuilder();
    for (char letter = text.charAt(at++); letter != '"'; letter = text.charAt(at++)) {
      value.append(letter == '\\' ? escaped() : letter);
    }
    return value.toString();
  }

  private char escaped() {
    char letter = text.charAt(at++);
    switch (letter) {
      case 'u':
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      default:
        return letter;
    }
  }
}
