package io.reaper.core.family;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UTFDataFormatException;
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
 *
 * <p>The layout, as {@link java.io.DataOutput} writes it:
 *
 * <pre>
 *    0  long  magic and version
 *    8  name  the worker
 *   20  int   the process group that is the worker's own, or 0
 *   24  long  the mark that its descendants carry, or 0
 *   32  UTF   boot id and PID namespace
 *       UTF   the worker's options as agent arguments
 *       UTF   the directory of the worker's own cgroup, or empty
 *       UTF   the worker's main class or jar
 *       int   how many members of the group are not the worker's, and the name of each
 *       int   how many processes an operator has told it to keep, and the name of each
 * 4080  int   how many slots may have been used: what is behind them need not be read
 * 4084  name  the sentinel; zeros if there is none
 * 4096  slots of 256 bytes: the worker's processes, to the end of the file
 * </pre>
 *
 * A name is a pid (int) and a start time (long, clock ticks after boot); a pid of 0 is nobody. A
 * slot is a name, a kind (byte), and where the process was started (UTF).
 */
public final class Ledger implements AutoCloseable {
  /** What a ledger's name ends with while it is being written for the first time. */
  static final String UNFINISHED = ".new";

  private static final long MAGIC = 0x5245_4150_4552_0004L;
  private static final int HEADER = 4096;
  private static final int NAME = 12;
  private static final int SENTINEL = HEADER - NAME;
  private static final int USED = SENTINEL - Integer.BYTES;
  private static final int SLOT = 256;

  /** What is left of a slot beside the name, the kind, and the length. */
  private static final int TEXT = SLOT - NAME - 3;

  /** More than a letter ever needs (DataOutput.writeUTF). */
  private static final int LONGEST_LETTER = 3;

  /** A worker that has few children does not write the number of used slots for each. */
  private static final int STEP = 16;

  private static final int FIRST_SLOTS = 256;
  private static final int MOST_SLOTS = 64 * 1024;

  /** What a process is to the worker. */
  public enum Kind {
    /** Started by the worker and recorded. */
    CHILD("recorded child"),
    /** Adopted by the worker, which is a subreaper. */
    ADOPTED("adopted orphan"),
    /** Below one of those two, in a worker that is a subreaper. */
    DESCENDANT("descendant");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * What a ledger says of a worker, whether that lives or not.
   *
   * @param group the worker's own process group, or 0
   * @param mark what its descendants carry, or 0
   * @param numbersOf the boot and the PID namespace that the numbers are of
   * @param cgroup the directory of its own cgroup, or empty
   * @param mainClass what the worker was started with: the name of a class, or the path of a jar
   * @param kept those who may outlive it by an operator's word
   * @param sentinel null if it has none
   * @param processes those known to be the worker's
   */
  public record Contents(
      ProcessId worker,
      int group,
      long mark,
      String numbersOf,
      String options,
      String cgroup,
      String mainClass,
      Set<ProcessId> bystanders,
      Set<ProcessId> kept,
      ProcessId sentinel,
      Map<ProcessId, Entry> processes) {}

  /**
   * What is known of one process; printed, the reason why it is the worker's.
   *
   * @param startedBy class, method and line, or empty
   */
  public record Entry(Kind kind, String startedBy) {
    @Override
    public String toString() {
      return startedBy.isEmpty() ? kind.words : "started by ".concat(startedBy);
    }
  }

  private record Slot(int number, Kind kind) {}

  private final File file;
  private final RandomAccessFile access;
  private final Map<ProcessId, Slot> slots = new HashMap<>();
  private boolean[] taken = new boolean[FIRST_SLOTS];
  private final Set<ProcessId> described = new HashSet<>();
  private int firstFree;
  private int used;

  private Ledger(File file, RandomAccessFile access) {
    this.file = file;
    this.access = access;
  }

  /** Begins a worker's ledger with what is known at its first spawn. */
  public static Ledger create(File file, Contents contents) throws IOException {
    // Under another name until it is whole: nobody reads half a ledger.
    File unfinished = new File(file.getPath() + UNFINISHED);
    if (!unfinished.createNewFile()) {
      throw new IOException(unfinished + " is there already");
    }
    RandomAccessFile access = new RandomAccessFile(unfinished, "rw");
    try {
      access.write(Arrays.copyOf(header(contents), HEADER + FIRST_SLOTS * SLOT));
      if (!unfinished.renameTo(file)) {
        throw new IOException("cannot rename " + unfinished);
      }
      return new Ledger(file, access);
    } catch (IOException | RuntimeException refused) {
      access.close();
      unfinished.delete();
      throw refused;
    }
  }

  private static byte[] header(Contents contents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(HEADER);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(MAGIC);
    out.write(name(contents.worker(), NAME));
    out.writeInt(contents.group());
    out.writeLong(contents.mark());
    out.writeUTF(contents.numbersOf());
    out.writeUTF(contents.options());
    out.writeUTF(contents.cgroup());
    out.writeUTF(contents.mainClass());
    writeNames(out, contents.bystanders());
    writeNames(out, contents.kept());
    if (bytes.size() > USED) {
      throw new IOException(
          "the options, bystanders and those to keep need " + bytes.size() + " bytes");
    }
    return bytes.toByteArray();
  }

  private static void writeNames(DataOutputStream out, Set<ProcessId> names) throws IOException {
    out.writeInt(names.size());
    for (ProcessId name : names) {
      out.write(name(name, NAME));
    }
  }

  /** By hand, as every start pays for it. */
  private static byte[] name(ProcessId id, int length) {
    byte[] bytes = new byte[length];
    put(bytes, 0, id.pid());
    put(bytes, Integer.BYTES, (int) (id.start() >>> Integer.SIZE));
    put(bytes, 2 * Integer.BYTES, (int) id.start());
    return bytes;
  }

  private static byte[] number(int number) {
    byte[] bytes = new byte[Integer.BYTES];
    put(bytes, 0, number);
    return bytes;
  }

  private static void put(byte[] bytes, int at, int number) {
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[at + i] = (byte) (number >>> Byte.SIZE * (Integer.BYTES - 1 - i));
    }
  }

  private static byte[] slot(ProcessId id, Kind kind) {
    byte[] slot = name(id, SLOT);
    slot[NAME] = (byte) kind.ordinal();
    return slot;
  }

  private static byte[] slot(Child child) throws IOException {
    byte[] slot = slot(child.id(), Kind.CHILD);
    String startedBy = child.startedBy();
    ByteArrayOutputStream text = new ByteArrayOutputStream(SLOT);
    new DataOutputStream(text).writeUTF(startedBy.substring(startOfWhatFits(startedBy)));
    System.arraycopy(text.toByteArray(), 0, slot, NAME + 1, text.size());
    return slot;
  }

  /** The end of it tells more: the method and the line. */
  private static int startOfWhatFits(String text) {
    int start = text.length();
    int room = TEXT;
    while (start > 0 && room >= LONGEST_LETTER) {
      start--;
      room -= text.charAt(start) < 128 ? 1 : LONGEST_LETTER;
    }
    return start;
  }

  /** Changes what is said of the worker, and leaves its processes and its sentinel as they are. */
  public synchronized void change(Contents contents) throws IOException {
    write(0, Arrays.copyOf(header(contents), USED));
  }

  /** Enters the sentinel that is watching now. */
  public synchronized void watchedBy(ProcessId sentinel) throws IOException {
    write(SENTINEL, name(sentinel, NAME));
  }

  /**
   * Enters a process, or what it is to the worker if that is nearer than was known; answers false
   * if the ledger is as large as it may become.
   */
  public synchronized boolean enter(ProcessId id, Kind kind) throws IOException {
    Slot known = slots.get(id);
    if (known != null && known.kind().compareTo(kind) <= 0) {
      return true;
    }
    int slot = known == null ? free() : known.number();
    if (slot == MOST_SLOTS) {
      return false;
    }
    if (slot >= used) {
      // Before the slot itself: a crash between the two loses nobody who was there before.
      write(USED, number(slot + STEP));
      used = slot + STEP;
    }
    write(at(slot), slot(id, kind));
    taken[slot] = true;
    slots.put(id, new Slot(slot, kind));
    return true;
  }

  private int free() {
    int slot = firstFree;
    while (slot < taken.length && taken[slot]) {
      slot++;
    }
    if (slot == taken.length && slot < MOST_SLOTS) {
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
        taken[slot.number()] = false;
        firstFree = Math.min(firstFree, slot.number());
        described.remove(id);
        cleared.set(slot.number());
      }
    }
    int end;
    for (int slot = cleared.nextSetBit(0); slot >= 0; slot = cleared.nextSetBit(end)) {
      end = cleared.nextClearBit(slot);
      write(at(slot), new byte[(end - slot) * SLOT]);
    }
  }

  /** Adds where a child was started, if that is not said yet. */
  synchronized void describe(Child child) throws IOException {
    Slot slot = slots.get(child.id());
    if (slot != null && described.add(child.id())) {
      slots.put(child.id(), new Slot(slot.number(), Kind.CHILD));
      write(at(slot.number()), slot(child));
    }
  }

  private static long at(int slot) {
    return HEADER + (long) slot * SLOT;
  }

  private void write(long at, byte[] bytes) throws IOException {
    access.seek(at);
    access.write(bytes);
  }

  /** Whether there have been more processes at a time than a ledger begins with room for. */
  public static boolean hasGrown(File file) {
    return file.length() > HEADER + FIRST_SLOTS * SLOT;
  }

  /** Reads a ledger; throws, with the reason in words, if it is torn or of another version. */
  public static Contents read(File file) throws IOException {
    byte[] header = new byte[HEADER];
    DataInputStream in = from(header, 0);
    byte[] slots;
    try (RandomAccessFile access = new RandomAccessFile(file, "r")) {
      long length = access.length();
      if (length < HEADER || length > HEADER + MOST_SLOTS * SLOT || length % SLOT != 0) {
        throw new IOException("it is torn: it has " + length + " bytes");
      }
      access.readFully(header);
      if (in.readLong() != MAGIC) {
        throw new IOException("it is no ledger of this version");
      }
      int used = from(header, USED).readInt();
      if (used < 0 || used > MOST_SLOTS) {
        throw new IOException("it is torn: it has used " + used + " slots");
      }
      slots = new byte[(int) Math.min(used * SLOT, length - HEADER)];
      access.readFully(slots);
    }
    try {
      return readContents(in, header, slots);
    } catch (EOFException | UTFDataFormatException torn) {
      throw new IOException("it is torn: " + torn);
    }
  }

  private static Contents readContents(DataInputStream in, byte[] header, byte[] slots)
      throws IOException {
    ProcessId worker = readName(in);
    int group = in.readInt();
    long mark = in.readLong();
    String numbersOf = in.readUTF();
    String options = in.readUTF();
    String cgroup = in.readUTF();
    String mainClass = in.readUTF();
    if (worker == null) {
      throw new IOException("it is torn: it names no worker");
    }
    Set<ProcessId> bystanders = readNames(in);
    Set<ProcessId> kept = readNames(in);
    ProcessId sentinel = readName(from(header, SENTINEL));
    Map<ProcessId, Entry> processes = new HashMap<>();
    for (int at = 0; at < slots.length; at += SLOT) {
      if (isFree(slots, at)) {
        continue;
      }
      DataInputStream slot = from(slots, at);
      ProcessId id = readName(slot);
      if (id != null) {
        processes.put(id, new Entry(kind(slot.readByte()), startedBy(slot)));
      }
    }
    return new Contents(
        worker,
        group,
        mark,
        numbersOf,
        options,
        cgroup,
        mainClass,
        bystanders,
        kept,
        sentinel,
        processes);
  }

  /** Most slots are: the pid of a name comes first, and zero is nobody's. */
  private static boolean isFree(byte[] bytes, int at) {
    return (bytes[at] | bytes[at + 1] | bytes[at + 2] | bytes[at + 3]) == 0;
  }

  private static Set<ProcessId> readNames(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > HEADER / NAME) {
      throw new IOException("it is torn: it has a list of " + count + " names");
    }
    Set<ProcessId> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      names.add(readName(in));
    }
    return names;
  }

  private static Kind kind(int ordinal) throws IOException {
    Kind[] kinds = Kind.values();
    if (ordinal < 0 || ordinal >= kinds.length) {
      throw new IOException("it is torn: no process is of kind " + ordinal);
    }
    return kinds[ordinal];
  }

  /** It may be being written at this moment, and is for people only. */
  private static String startedBy(DataInputStream slot) {
    try {
      return slot.readUTF();
    } catch (IOException torn) {
      return "";
    }
  }

  private static DataInputStream from(byte[] bytes, int at) {
    return new DataInputStream(new ByteArrayInputStream(bytes, at, bytes.length - at));
  }

  /** Null if it is nobody's; init is never a worker's. */
  private static ProcessId readName(DataInputStream in) throws IOException {
    int pid = in.readInt();
    long start = in.readLong();
    return pid > 1 ? new ProcessId(pid, start) : null;
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
}
