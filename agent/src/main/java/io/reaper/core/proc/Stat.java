package io.reaper.core.proc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Parses the line of /proc/PID/stat (proc(5)): numbers with a space between them, and a name. */
final class Stat {
  private final byte[] text;
  private int at;

  private Stat(byte[] text, int at) {
    this.text = text;
    this.at = at;
  }

  /**
   * Parses the line. The name may hold spaces and parentheses: what follows it starts after the
   * last one.
   */
  static ProcessInfo parse(int pid, byte[] stat) {
    int open = 0;
    while (stat[open] != '(') {
      open++;
    }
    int close = stat.length - 1;
    while (stat[close] != ')') {
      close--;
    }
    Stat fields = new Stat(stat, close + 2);
    char state = (char) stat[close + 2];
    fields.skip(1);
    int parent = (int) fields.next();
    int group = (int) fields.next();
    int session = (int) fields.next();
    fields.skip(13);
    if (fields.next() > 1 && state == 'Z') {
      // Its first thread has ended, and others run (pthread_exit(3)).
      state = 'S';
    }
    fields.skip(1);
    long start = fields.next();
    String name = new String(stat, open + 1, close - open - 1, StandardCharsets.UTF_8);
    return new ProcessInfo(new ProcessId(pid, start), state, parent, group, session, name);
  }

  private long next() {
    boolean negative = text[at] == '-';
    long value = 0;
    for (at += negative ? 1 : 0; at < text.length && text[at] > ' '; at++) {
      value = value * 10 + text[at] - '0';
    }
    at++;
    return negative ? -value : value;
  }

  private void skip(int count) {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  /** Returns the numbers in a text. */
  static List<Integer> numbers(byte[] line) {
    List<Integer> numbers = new ArrayList<>();
    int number = 0;
    for (byte letter : line) {
      if (letter >= '0' && letter <= '9') {
        number = number * 10 + letter - '0';
      } else if (number != 0) {
        numbers.add(number);
        number = 0;
      }
    }
    return numbers;
  }
}
