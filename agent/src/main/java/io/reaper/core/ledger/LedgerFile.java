package io.reaper.core.ledger;

import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The layout of a ledger: text, as a shell must read it with what it has built in, and a person
 * with cat(1). Every line has its place, and whatever the agent does not write is refused.
 *
 * <pre>
 * reaper-agent ledger 6 sentinel   12610             1234570   (written by the sentinel itself)
 * slots       4       0 0    (how many of the last lines may be used; how many spare a process;
 *                            1 if a start of a process may be under way)
 * worker 12535 1234567       (a process is its pid and its start time, in clock ticks after boot)
 * numbers BOOT-ID pid:[4026531836] time:[4026531834]
 * group 12535 12500          (the worker's own process group, or 0, and its session; then "job" if
 *                            the group is a shell's, whose number may be any)
 * mark 0                     (what its descendants carry, or 0)
 * do children TERM 2000 warn - - crash  (what the sentinel is to do: {@code SentinelCommand})
 * cgroup -
 * log-file -
 * main io.reaper.demo.Worker
 * options children=true
 * end                        (filled up with blanks to a multiple of 512 bytes)
 * child        12612     1234569 io.reaper.demo.Worker.start(Worker.java:30)
 * </pre>
 *
 * The last lines have {@value #SLOT} bytes each: a process of the worker's and where it was
 * started, or one that is kept, or a bystander; blanks where there is none.
 */
final class LedgerFile {
  static final int SLOT = 128;
  static final int MOST_SLOTS = 64 * 1024;

  /** What the first line begins with: the name, and the version of the layout. */
  static final String FIRST = "reaper-agent ledger 6 ";

  static final String SENTINEL = "sentinel";

  /**
   * Says that the sentinel waits for its turn to have the ledger swept, and asks others to do it.
   */
  static final String HANDED_OVER = "handover";

  private static final int PID_WIDTH = 7;
  private static final int START_WIDTH = 19;
  private static final int FIRST_LENGTH =
      FIRST.length() + SENTINEL.length() + 1 + PID_WIDTH + 1 + START_WIDTH + 1;
  private static final String SLOTS = "slots ";

  /** Where the number of slots stands, so that it can be written by itself. */
  static final int SLOTS_AT = FIRST_LENGTH + SLOTS.length();

  /** Where it stands whether a start of a process may be under way. */
  static final int STARTING_AT = SLOTS_AT + 2 * (PID_WIDTH + 1);

  /** Where the second line ends: what is written before does not change with the options. */
  static final int SECOND_LINE_END = STARTING_AT + 1;

  /** What the line with the orders begins with. */
  static final String ORDERS = "\ndo ";

  private static final int BLOCK = 512;
  static final int LARGEST_HEADER = 64 * 1024;
  static final String JOB = " job";
  static final String KEPT = "kept";
  static final String BYSTANDER = "bystander";
  private static final int WORD_WIDTH = 10;
  static final int TEXT_AT = WORD_WIDTH + 1 + PID_WIDTH + 1 + START_WIDTH + 1;

  /**
   * The bytes of UTF-8 that a char of Java's takes at most; a letter of four bytes is two chars.
   */
  static final int LONGEST_LETTER = 3;

  private LedgerFile() {}

  /** Returns the header, filled up with spaces that leave room for it to grow. */
  static byte[] header(LedgerContents contents) throws IOException {
    byte[] text = text(contents).getBytes(StandardCharsets.UTF_8);
    return fill(text, (text.length / BLOCK + 2) * BLOCK);
  }

  /** Returns the header in as much room as there is; refuses what does not fit. */
  static byte[] header(LedgerContents contents, int room) throws IOException {
    return fill(text(contents).getBytes(StandardCharsets.UTF_8), room);
  }

  private static byte[] fill(byte[] text, int room) throws IOException {
    if (text.length > room || room > LARGEST_HEADER) {
      throw new IOException("the options need " + text.length + " bytes, more than there is room");
    }
    byte[] header = Arrays.copyOf(text, room);
    Arrays.fill(header, text.length - 1, room, (byte) ' ');
    header[room - 1] = '\n';
    return header;
  }

  /** Returns the header without blanks, and the slots of those that are to be spared. */
  static String textWithSpared(LedgerContents contents) throws IOException {
    int spared = contents.kept().size() + contents.bystanders().size();
    StringBuilder text = new StringBuilder(text(contents, spared));
    for (ProcessId each : contents.kept()) {
      text.append(new String(kept(each), StandardCharsets.US_ASCII));
    }
    for (ProcessId each : contents.bystanders()) {
      text.append(new String(bystander(each), StandardCharsets.US_ASCII));
    }
    return text.toString();
  }

  /** Returns the header without blanks. */
  static String text(LedgerContents contents) throws IOException {
    return text(contents, 0);
  }

  private static String text(LedgerContents contents, int spared) throws IOException {
    StringBuilder text = new StringBuilder(BLOCK);
    line(text, first(contents.sentinel()));
    line(text, SLOTS + used(spared, spared) + " " + starting(true));
    line(text, "worker " + contents.worker().pid() + " " + contents.worker().start());
    line(text, "numbers " + contents.numberSpace());
    line(
        text, "group " + contents.group() + " " + contents.session() + (contents.job() ? JOB : ""));
    line(text, "mark " + contents.mark());
    line(text, "do " + contents.orders());
    line(text, "cgroup " + orNone(contents.cgroup()));
    line(text, "log-file " + orNone(contents.logFile()));
    // For people only, and a path to a jar may hold anything.
    line(text, "main " + printable(contents.mainClass(), Integer.MAX_VALUE));
    line(text, "options " + contents.options());
    line(text, "end");
    return text.toString();
  }

  /** Has the sentinel that reads this ledger when its worker is dead do nothing. */
  static void disarm(RandomAccessFile access) throws IOException {
    String text = start(access);
    int modes = text.indexOf(ORDERS) + ORDERS.length();
    StringBuilder none = new StringBuilder(Ledger.NO_MODES);
    // The line stays as long as it was; none of the modes has fewer letters.
    while (none.length() < text.indexOf(' ', modes) - modes) {
      none.append(' ');
    }
    order(access, modes, none.toString());
  }

  /** Writes other orders, of the same length, and leaves the file's offset where it is. */
  static void order(RandomAccessFile access, String orders) throws IOException {
    long offset = access.getFilePointer();
    try {
      order(access, start(access).indexOf(ORDERS) + ORDERS.length(), orders);
    } finally {
      access.seek(offset);
    }
  }

  private static void order(RandomAccessFile access, int at, String words) throws IOException {
    access.seek(at);
    access.write(words.getBytes(StandardCharsets.US_ASCII));
  }

  private static String start(RandomAccessFile access) throws IOException {
    byte[] header = new byte[(int) Math.min(access.length(), LARGEST_HEADER)];
    access.seek(0);
    access.readFully(header);
    return new String(header, StandardCharsets.ISO_8859_1);
  }

  private static String first(ProcessId sentinel) {
    StringBuilder line = new StringBuilder(FIRST).append(SENTINEL).append(' ');
    number(line, sentinel == null ? 0 : sentinel.pid(), PID_WIDTH);
    number(line.append(' '), sentinel == null ? 0 : sentinel.start(), START_WIDTH);
    return line.toString();
  }

  /** Returns the first line, for the sentinel to write. */
  static byte[] announcement(ProcessId sentinel) {
    return first(sentinel).concat("\n").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Returns what stands at {@link #SLOTS_AT}.
   *
   * @param slots how many may be used
   * @param spared how many of them are kept or bystanders: if none is, the sentinel may strike
   *     before it has read them all
   */
  static String used(int slots, int spared) {
    StringBuilder numbers = new StringBuilder();
    number(numbers, slots, PID_WIDTH);
    number(numbers.append(' '), spared, PID_WIDTH);
    return numbers.toString();
  }

  /** Returns what stands at {@link #STARTING_AT}. */
  static String starting(boolean mayBe) {
    return mayBe ? "1" : "0";
  }

  private static String orNone(String path) {
    return path.isEmpty() ? "-" : path;
  }

  private static void number(StringBuilder line, long number, int width) {
    String digits = Long.toString(number);
    for (int blank = digits.length(); blank < width; blank++) {
      line.append(' ');
    }
    line.append(digits);
  }

  private static void line(StringBuilder text, String line) throws IOException {
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) < ' ') {
        throw new IOException("\"" + line.replace(line.charAt(i), '?') + "\" is not one line");
      }
    }
    text.append(line).append('\n');
  }

  /** Returns the slot of a process of the worker's. */
  static byte[] slot(ProcessId id, LedgerEntry.Kind kind, String startedBy) {
    return slot(kind.word(), id, startedBy);
  }

  /** Returns the slot of a process that may outlive the worker. */
  static byte[] kept(ProcessId id) {
    return slot(KEPT, id, "");
  }

  /** Returns the slot of a process that is not the worker's, and of all that it starts. */
  static byte[] bystander(ProcessId id) {
    return slot(BYSTANDER, id, "");
  }

  /** Returns so many empty slots. */
  static byte[] free(int slots) {
    byte[] free = new byte[slots * SLOT];
    Arrays.fill(free, 0, SLOT, (byte) ' ');
    free[SLOT - 1] = '\n';
    // Copied, each time twice as much: the interpreter takes a millisecond for a loop over them
    // all.
    for (int done = SLOT; done < free.length; done *= 2) {
      System.arraycopy(free, 0, free, done, Math.min(done, free.length - done));
    }
    return free;
  }

  /** Returns a slot, put together by hand, as every start of a process writes one. */
  private static byte[] slot(String word, ProcessId id, String text) {
    byte[] slot = free(1);
    for (int i = 0; i < word.length(); i++) {
      slot[i] = (byte) word.charAt(i);
    }
    put(slot, WORD_WIDTH + PID_WIDTH, id.pid());
    put(slot, TEXT_AT - 2, id.start());
    if (!text.isEmpty()) {
      byte[] bytes = printable(text, SLOT - 1 - TEXT_AT).getBytes(StandardCharsets.UTF_8);
      System.arraycopy(bytes, 0, slot, TEXT_AT, bytes.length);
    }
    return slot;
  }

  /** Writes a number so that its last digit stands at that place. */
  private static void put(byte[] slot, int at, long number) {
    long left = number;
    do {
      slot[at--] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left != 0);
  }

  /**
   * Returns the text, cut at its front where it is too long: its end, the line of Java, tells more.
   */
  private static String printable(String text, int most) {
    StringBuilder end = new StringBuilder();
    int room = most;
    for (int i = text.length() - 1; i >= 0 && room >= LONGEST_LETTER; i--) {
      char letter = text.charAt(i);
      boolean plain = letter >= ' ' && letter < 127;
      boolean known = letter > 127 && Character.isLetterOrDigit(letter) || letter == '→';
      end.append(plain || known ? letter : '?');
      room -= plain ? 1 : LONGEST_LETTER;
    }
    return end.reverse().toString();
  }
}
