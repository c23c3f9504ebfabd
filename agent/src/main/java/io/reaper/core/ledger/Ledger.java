package io.reaper.core.ledger;

import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What outlives the worker: a small file with the worker, its modes, and a slot for every process
 * that is its own. A change is one write; what was written before a SIGKILL is in the page cache
 * and stays. It is not mapped: the first mapping costs a JVM 30 ms (JDK 25), and a store to a
 * mapped page on a full disk is a SIGBUS.
 */
public final class Ledger implements AutoCloseable {
  /** The bytes of text that a slot has room for beside its process, whatever its letters are. */
  public static final int LONGEST_TEXT =
      LedgerFile.SLOT - 1 - LedgerFile.TEXT_AT - (LedgerFile.LONGEST_LETTER - 1);

  /** What a ledger's name ends with while it is being written for the first time. */
  static final String UNFINISHED = ".new";

  /** A worker that has few children does not write the number of used slots for each. */
  private static final int STEP = 16;

  private static final int FIRST_SLOTS = 256;

  /** The first bytes of a ledger, which say how its sentinel is. */
  private static final int START = 64;

  /** What a process is to the worker. */
  public enum Kind {
    /** Started by the worker and recorded. */
    CHILD("child", "recorded child"),
    /** Adopted by the worker, which is a subreaper. */
    ADOPTED("adopted", "adopted orphan"),
    /** Below one of those two, in a worker that is a subreaper. */
    DESCENDANT("descendant", "descendant");

    private final String word;
    private final String words;

    Kind(String word, String words) {
      this.word = word;
      this.words = words;
    }

    String word() {
      return word;
    }

    /** Returns the kind that is written so, or null. */
    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      return null;
    }
  }

  /** What a ledger says of a worker, whether that lives or not. */
  public static final class Contents {
    private final ProcessId worker;
    private final int group;
    private final boolean job;
    private final int session;
    private final long mark;
    private final String numberSpace;
    private final String orders;
    private final String logFile;
    private final String options;
    private final String cgroup;
    private final String mainClass;
    private final Set<ProcessId> bystanders;
    private final Set<ProcessId> kept;
    private final ProcessId sentinel;
    private final Map<ProcessId, Entry> processes;

    public Contents(
        ProcessId worker,
        int group,
        boolean job,
        int session,
        long mark,
        String numberSpace,
        String orders,
        String logFile,
        String options,
        String cgroup,
        String mainClass,
        Set<ProcessId> bystanders,
        Set<ProcessId> kept,
        ProcessId sentinel,
        Map<ProcessId, Entry> processes) {
      this.worker = worker;
      this.group = group;
      this.job = job;
      this.session = session;
      this.mark = mark;
      this.numberSpace = numberSpace;
      this.orders = orders;
      this.logFile = logFile;
      this.options = options;
      this.cgroup = cgroup;
      this.mainClass = mainClass;
      this.bystanders = bystanders;
      this.kept = kept;
      this.sentinel = sentinel;
      this.processes = processes;
    }

    public ProcessId worker() {
      return worker;
    }

    /** Returns the worker's process group, or 0. */
    public int group() {
      return group;
    }

    /** Returns whether the group is a shell's job, with others in it. */
    public boolean job() {
      return job;
    }

    /** Returns the session that the worker is in. */
    public int session() {
      return session;
    }

    /** Returns what its descendants carry, or 0. */
    public long mark() {
      return mark;
    }

    /** Returns the boot, PID namespace and time namespace that the numbers are of. */
    public String numberSpace() {
      return numberSpace;
    }

    /** Returns what the sentinel is to do, in its own words. */
    public String orders() {
      return orders;
    }

    /** Returns where the sentinel says what it did, or empty for stderr. */
    public String logFile() {
      return logFile;
    }

    public String options() {
      return options;
    }

    /** Returns the directory of its own cgroup, or empty. */
    public String cgroup() {
      return cgroup;
    }

    /** Returns what the worker was started with: the name of a class, or the path of a jar. */
    public String mainClass() {
      return mainClass;
    }

    /** Returns those that are not the worker's, nor is what they start. */
    public Set<ProcessId> bystanders() {
      return bystanders;
    }

    /** Returns those that may outlive it. */
    public Set<ProcessId> kept() {
      return kept;
    }

    /** Returns the sentinel, or null if it has none. */
    public ProcessId sentinel() {
      return sentinel;
    }

    /** Returns those known to be the worker's. */
    public Map<ProcessId, Entry> processes() {
      return processes;
    }

    /** Returns the header alone, as text: what a sentinel is told that has no ledger to read. */
    public String header() throws IOException {
      return LedgerFile.text(this);
    }
  }

  /** What is known of one process; printed, the reason why it is the worker's. */
  public static final class Entry implements Reason {
    private final Kind kind;
    private final String startedBy;

    public Entry(Kind kind, String startedBy) {
      this.kind = kind;
      this.startedBy = startedBy;
    }

    public Kind kind() {
      return kind;
    }

    /**
     * Returns class, method and line that started it, or the child that it descends from; or empty.
     */
    @Override
    public String startedBy() {
      return startedBy;
    }

    /** Whether {@link #startedBy} tells of the child that this process descends from. */
    public boolean isBelowAChild() {
      return kind != Kind.CHILD && !startedBy.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Entry
          && kind == ((Entry) other).kind
          && startedBy.equals(((Entry) other).startedBy);
    }

    @Override
    public int hashCode() {
      return startedBy.hashCode();
    }

    @Override
    public String toString() {
      if (startedBy.isEmpty()) {
        return kind.words;
      }
      return (isBelowAChild() ? kind.words + " of a child " : "") + "started by " + startedBy;
    }
  }

  private static final class Slot {
    final int number;
    final Kind kind;

    Slot(int number, Kind kind) {
      this.number = number;
      this.kind = kind;
    }
  }

  private final File file;
  private final RandomAccessFile access;
  private final int header;
  private final Map<ProcessId, Slot> slots = new HashMap<>();
  private final Map<ProcessId, Integer> kept = new HashMap<>();
  private boolean[] taken = new boolean[FIRST_SLOTS];
  private final Set<ProcessId> described = new HashSet<>();
  private int firstFree;
  private int used;
  private int spared;

  private Ledger(File file, RandomAccessFile access, int header) {
    this.file = file;
    this.access = access;
    this.header = header;
  }

  /** Begins a worker's ledger with what is known at its first spawn. */
  public static Ledger create(File file, Contents contents) throws IOException {
    byte[] header = LedgerFile.header(contents);
    // Under another name until it is whole: nobody reads half a ledger.
    File unfinished = new File(file.getPath() + UNFINISHED);
    if (!unfinished.createNewFile()) {
      throw new IOException(unfinished + " is there already");
    }
    RandomAccessFile access = new RandomAccessFile(unfinished, "rw");
    try {
      byte[] free = LedgerFile.free(FIRST_SLOTS);
      byte[] all = Arrays.copyOf(header, header.length + free.length);
      System.arraycopy(free, 0, all, header.length, free.length);
      access.write(all);
      Ledger ledger = new Ledger(file, access, header.length);
      for (ProcessId bystander : contents.bystanders()) {
        ledger.spare(LedgerFile.bystander(bystander));
      }
      for (ProcessId each : contents.kept()) {
        ledger.keep(each);
      }
      for (Map.Entry<ProcessId, Entry> each : contents.processes().entrySet()) {
        ledger.enter(each.getKey(), each.getValue().kind());
      }
      if (!unfinished.renameTo(file)) {
        throw new IOException("cannot rename " + unfinished);
      }
      return ledger;
    } catch (IOException | RuntimeException refused) {
      access.close();
      unfinished.delete();
      throw refused;
    }
  }

  /** Changes what is said of the worker, and leaves its processes and its sentinel as they are. */
  public synchronized void change(Contents contents) throws IOException {
    byte[] text = LedgerFile.header(contents, header);
    // What comes before stays: the sentinel's line is its own, and the slots are in use.
    int start = LedgerFile.SLOTS_AT + LedgerFile.used(0, 0).length();
    write(start, Arrays.copyOfRange(text, start, text.length));
  }

  /**
   * Enters a process, or what it is to the worker if that is nearer than was known; answers false
   * if the ledger is as large as it may become.
   */
  public synchronized boolean enter(ProcessId id, Kind kind) throws IOException {
    Slot known = slots.get(id);
    if (known != null && known.kind.compareTo(kind) <= 0) {
      return true;
    }
    byte[] bytes = LedgerFile.slot(id, kind, "");
    int slot = known == null ? writeNew(bytes) : known.number;
    if (slot < 0) {
      return false;
    }
    if (known != null) {
      write(at(slot), bytes);
      described.remove(id);
    }
    slots.put(id, new Slot(slot, kind));
    return true;
  }

  /** Enters that a process may outlive the worker; answers false if there is no room. */
  public synchronized boolean keep(ProcessId id) throws IOException {
    if (!kept.containsKey(id)) {
      int slot = spare(LedgerFile.kept(id));
      if (slot < 0) {
        return false;
      }
      kept.put(id, slot);
    }
    return true;
  }

  /** Counted before it is entered: the sentinel must not strike at all at once meanwhile. */
  private int spare(byte[] bytes) throws IOException {
    spared++;
    writeUsed();
    return writeNew(bytes);
  }

  private void writeUsed() throws IOException {
    String numbers = LedgerFile.used(used, spared);
    write(LedgerFile.SLOTS_AT, numbers.getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns the number of the slot, or -1 if the ledger is as large as it may become. */
  private int writeNew(byte[] bytes) throws IOException {
    int slot = free();
    if (slot == LedgerFile.MOST_SLOTS) {
      return -1;
    }
    if (slot >= used) {
      // Before the slot itself: a crash between the two loses nobody who was there before.
      if (slot >= FIRST_SLOTS && slot % STEP == 0) {
        write(at(slot), LedgerFile.free(STEP));
      }
      used = (slot / STEP + 1) * STEP;
      writeUsed();
    }
    write(at(slot), bytes);
    taken[slot] = true;
    return slot;
  }

  private int free() {
    int slot = firstFree;
    while (slot < taken.length && taken[slot]) {
      slot++;
    }
    if (slot == taken.length && slot < LedgerFile.MOST_SLOTS) {
      taken = Arrays.copyOf(taken, slot * 2);
    }
    firstFree = slot;
    return slot;
  }

  /** Clears the slots of processes that have ended: neighbours in one write. */
  public synchronized void clear(Collection<ProcessId> ended) throws IOException {
    BitSet cleared = new BitSet();
    for (ProcessId id : ended) {
      Slot slot = slots.remove(id);
      if (slot != null) {
        described.remove(id);
        clear(slot.number, cleared);
      }
      Integer keep = kept.remove(id);
      if (keep != null) {
        clear(keep, cleared);
        spared--;
        writeUsed();
      }
    }
    int end;
    for (int slot = cleared.nextSetBit(0); slot >= 0; slot = cleared.nextSetBit(end)) {
      end = cleared.nextClearBit(slot);
      write(at(slot), LedgerFile.free(end - slot));
    }
  }

  private void clear(int slot, BitSet cleared) {
    taken[slot] = false;
    firstFree = Math.min(firstFree, slot);
    cleared.set(slot);
  }

  /** Whether that process is entered, and where it was started is not said yet. */
  public synchronized boolean isToBeDescribed(ProcessId process) {
    return slots.containsKey(process) && !described.contains(process);
  }

  /** Adds where a child was started, or the child that a process descends from. */
  public synchronized void describe(ProcessId process, String startedBy) throws IOException {
    Slot slot = slots.get(process);
    if (slot != null && described.add(process)) {
      write(at(slot.number), LedgerFile.slot(process, slot.kind, startedBy));
    }
  }

  private long at(int slot) {
    return header + (long) slot * LedgerFile.SLOT;
  }

  private void write(long at, byte[] bytes) throws IOException {
    access.seek(at);
    access.write(bytes);
  }

  /** Whether there have been more processes at a time than a ledger begins with room for. */
  public static boolean hasGrown(File file) {
    return file.length() > 2L * FIRST_SLOTS * LedgerFile.SLOT;
  }

  /** Reads a ledger; throws, with the reason in words, if it is torn or of another version. */
  public static Contents read(File file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file, "r")) {
      return read(access);
    }
  }

  /**
   * Reads a ledger through the descriptor that is open, and closes none: any close of the same file
   * would drop the locks on it (fcntl(2), "Record locks").
   */
  public static Contents read(RandomAccessFile access) throws IOException {
    long length = access.length();
    if (length > 128 * 1024 + (long) LedgerFile.MOST_SLOTS * LedgerFile.SLOT) {
      throw new IOException("it is torn: it has " + length + " bytes");
    }
    byte[] all = new byte[(int) length];
    access.seek(0);
    access.readFully(all);
    return LedgerFile.parse(all);
  }

  /** Reads what {@link Contents#header} has written. */
  public static Contents parse(byte[] header) throws IOException {
    return LedgerFile.parse(header);
  }

  /** Whether this is a ledger that this version of the agent can read. */
  public static boolean isOfThisVersion(RandomAccessFile access) throws IOException {
    byte[] start = new byte[START];
    access.seek(0);
    return access.read(start) > 0 && LedgerFile.isOfThisVersion(start);
  }

  /** Whether the sentinel of this ledger would like whoever sweeps at the moment to sweep it. */
  public static boolean isHandedOver(RandomAccessFile access) throws IOException {
    byte[] start = new byte[START];
    access.seek(0);
    return access.read(start) == START && LedgerFile.isHandedOver(start);
  }

  /** Enters the sentinel that is watching now; done by the sentinel itself. */
  public static void announce(RandomAccessFile access, ProcessId sentinel) throws IOException {
    access.seek(0);
    access.write(LedgerFile.announcement(sentinel));
  }

  /** The file. */
  public File file() {
    return file;
  }

  /** Removes the ledger: the worker has nobody left. */
  @Override
  public synchronized void close() throws IOException {
    access.close();
    file.delete();
  }

  /** Lets go of the ledger, which somebody else removes. */
  public synchronized void leave() throws IOException {
    access.close();
  }
}
