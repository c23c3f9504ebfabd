package io.reaper.core.ledger;

import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Reads ledgers ({@link LedgerFile}); refuses as a whole what the agent does not write. */
public final class LedgerReader {
  /** Bounds what is read: a header, every slot, and what a sweeper tells the sentinel behind. */
  private static final int MOST_BYTES =
      2 * LedgerFile.LARGEST_HEADER + LedgerFile.MOST_SLOTS * LedgerFile.SLOT;

  /** The first bytes of a ledger, which say how its sentinel is. */
  private static final int START = 64;

  private final byte[] ledger;
  private int at;

  private LedgerReader(byte[] ledger) {
    this.ledger = ledger;
  }

  /** Reads a ledger; throws, with the reason in words, if it is torn or of another version. */
  public static LedgerContents read(File file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file, "r")) {
      return read(access);
    }
  }

  /**
   * Reads a ledger through the descriptor that is open, and closes none: any close of the same file
   * would drop the locks on it (fcntl(2), "Record locks").
   */
  public static LedgerContents read(RandomAccessFile access) throws IOException {
    long length = access.length();
    if (length > MOST_BYTES) {
      throw new IOException("it is torn: it has " + length + " bytes");
    }
    byte[] all = new byte[(int) length];
    access.seek(0);
    access.readFully(all);
    return parse(all);
  }

  /** Reads a ledger that the caller has opened. */
  public static LedgerContents read(InputStream in) throws IOException {
    return parse(in.readNBytes(MOST_BYTES));
  }

  /** Reads what {@link LedgerContents#header} has written. */
  public static LedgerContents parse(byte[] header) throws IOException {
    return new LedgerReader(header).read();
  }

  /** Whether the sentinel of this ledger asks any process that sweeps at the moment to sweep it. */
  public static boolean isHandedOver(RandomAccessFile access) throws IOException {
    byte[] start = new byte[START];
    access.seek(0);
    return access.read(start) == START
        && startsWith(start, LedgerFile.FIRST.concat(LedgerFile.HANDED_OVER));
  }

  private static boolean startsWith(byte[] ledger, String words) {
    int length = Math.min(ledger.length, words.length());
    return new String(ledger, 0, length, StandardCharsets.US_ASCII).equals(words);
  }

  private LedgerContents read() throws IOException {
    if (!startsWith(ledger, LedgerFile.FIRST)) {
      throw new OtherVersionException("it is no ledger of this version");
    }
    String first = next();
    String[] watching = first.substring(LedgerFile.FIRST.length()).trim().split(" +");
    if (watching.length != 3
        || !watching[0].equals(LedgerFile.SENTINEL)
            && !watching[0].equals(LedgerFile.HANDED_OVER)) {
      throw torn(first);
    }
    ProcessId sentinel = id(first, watching[1], watching[2]);
    long[] slots = numbers(words("slots"), 3);
    long[] worker = numbers(words("worker"), 2);
    String numberSpace = words("numbers");
    String words = words("group");
    boolean job = words.endsWith(LedgerFile.JOB);
    long[] group =
        numbers(job ? words.substring(0, words.length() - LedgerFile.JOB.length()) : words, 2);
    long mark = numbers(words("mark"), 1)[0];
    String orders = words("do");
    String cgroup = path("cgroup");
    String logFile = path("log-file");
    String main = words("main");
    String options = words("options");
    if (!next().trim().equals("end")
        || worker[0] <= 1
        || slots[0] > LedgerFile.MOST_SLOTS
        || slots[2] > 1
        || group[0] > Integer.MAX_VALUE
        || (job ? group[0] == 0 : group[0] != 0 && group[0] != worker[0])) {
      throw new IOException("it is torn: its header does not end, or does not fit its worker");
    }
    Map<ProcessId, LedgerEntry> processes = new HashMap<>();
    Set<ProcessId> kept = new HashSet<>();
    Set<ProcessId> bystanders = new HashSet<>();
    for (int slot = 0; slot < slots[0]; slot++) {
      readSlot(processes, kept, bystanders);
    }
    return new LedgerContents(
        new ProcessId((int) worker[0], worker[1]),
        (int) group[0],
        job,
        (int) group[1],
        mark,
        numberSpace,
        orders,
        logFile,
        options,
        cgroup,
        main,
        bystanders,
        kept,
        sentinel,
        processes);
  }

  private void readSlot(
      Map<ProcessId, LedgerEntry> processes, Set<ProcessId> kept, Set<ProcessId> bystanders)
      throws IOException {
    int length = ledger.length - at;
    String line = next();
    if (length < LedgerFile.SLOT
        || line.getBytes(StandardCharsets.UTF_8).length != LedgerFile.SLOT - 1) {
      throw torn(line);
    }
    String[] words = line.trim().split(" +", 4);
    if (words[0].isEmpty()) {
      return;
    }
    ProcessId id = words.length < 3 ? null : id(line, words[1], words[2]);
    if (id == null) {
      throw torn(line);
    }
    if (words[0].equals(LedgerFile.KEPT)) {
      kept.add(id);
    } else if (words[0].equals(LedgerFile.BYSTANDER)) {
      bystanders.add(id);
    } else {
      LedgerEntry.Kind kind = LedgerEntry.Kind.of(words[0]);
      if (kind == null) {
        throw torn(line);
      }
      processes.put(id, new LedgerEntry(kind, words.length < 4 ? "" : words[3]));
    }
  }

  private String next() throws IOException {
    int start = at;
    while (at < ledger.length && ledger[at] != '\n') {
      at++;
    }
    if (at == ledger.length) {
      throw new IOException("it is torn: it ends in the middle of a line");
    }
    return new String(ledger, start, at++ - start, StandardCharsets.UTF_8);
  }

  private String words(String key) throws IOException {
    String line = next();
    if (!line.startsWith(key.concat(" "))) {
      throw torn(line);
    }
    return line.substring(key.length() + 1);
  }

  private String path(String key) throws IOException {
    String path = words(key);
    return path.equals("-") ? "" : path;
  }

  private static long[] numbers(String line, int count) throws IOException {
    String[] words = line.trim().split(" +");
    long[] numbers = new long[count];
    if (words.length != count) {
      throw torn(line);
    }
    for (int i = 0; i < count; i++) {
      numbers[i] = number(line, words[i]);
    }
    return numbers;
  }

  /** Returns null for no process; init is never a worker's. */
  private static ProcessId id(String line, String pid, String start) throws IOException {
    long number = number(line, pid);
    ProcessId id = new ProcessId((int) number, number(line, start));
    return number > 1 && number <= Integer.MAX_VALUE ? id : null;
  }

  private static long number(String line, String digits) throws IOException {
    try {
      long number = Long.parseLong(digits);
      if (number >= 0 && digits.charAt(0) >= '0') {
        return number;
      }
    } catch (NumberFormatException other) {
      throw torn(line);
    }
    throw torn(line);
  }

  private static IOException torn(String line) {
    StringBuilder shown = new StringBuilder();
    for (char letter : line.trim().toCharArray()) {
      shown.append(letter < ' ' || letter > 126 ? '?' : letter);
    }
    return new IOException("it is torn: the agent writes no line such as \"" + shown + "\"");
  }
}
