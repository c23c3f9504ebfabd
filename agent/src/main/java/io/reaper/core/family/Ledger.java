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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * What outlives the worker: a small file with the worker, its modes, and a slot for every process
 * that is its own. A change is one write of 16 bytes; what was written before a SIGKILL is in the
 * page cache and stays. It is not mapped: the first mapping costs a JVM 30 ms (JDK 25), and a store
 * to a mapped page on a full disk is a SIGBUS.
 *
 * <p>The layout, as {@link java.io.DataOutput} writes it:
 *
 * <pre>
 *    0  long  magic and version
 *    8  slot  the worker
 *   24  int   the process group that is the worker's own, or 0
 *   28  UTF   boot id and PID namespace
 *       UTF   the worker's options as agent arguments
 *       UTF   the directory of the worker's own cgroup, or empty
 *       int   how many members of the group are not the worker's, and a slot for each
 * 4096  slots the worker's processes, to the end of the file
 * </pre>
 *
 * A slot is a pid (int), a kind (int) and a start time (long, clock ticks after boot); a pid of 0
 * is a free slot.
 */
public final class Ledger implements AutoCloseable {
  /** What a ledger's name ends with while it is being written for the first time. */
  static final String UNFINISHED = ".new";

  private static final long MAGIC = 0x5245_4150_4552_0001L;
  private static final int HEADER = 4096;
  private static final int SLOT = 16;
  private static final int FIRST_SLOTS = 256;
  private static final int MOST_SLOTS = 64 * 1024;

  /** What a process is to the worker. */
  public enum Kind {
    /** Started by the worker and recorded. */
    CHILD("recorded child"),
    /** Adopted by the worker, which is a subreaper. */
    ADOPTED("adopted orphan");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * What a ledger says of a worker, whether that lives or not.
   *
   * @param group the worker's own process group, or 0
   * @param numbersOf the boot and the PID namespace that the numbers are of
   * @param cgroup the directory of its own cgroup, or empty
   * @param processes those known to be the worker's, and in words what they are to it
   */
  public record Contents(
      ProcessId worker,
      int group,
      String numbersOf,
      String options,
      String cgroup,
      Set<ProcessId> bystanders,
      Map<ProcessId, String> processes) {}

  private final File file;
  private final RandomAccessFile access;
  private final Map<ProcessId, Integer> slots = new HashMap<>();
  private boolean[] taken = new boolean[FIRST_SLOTS];
  private int firstFree;

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
    writeSlot(out, contents.worker(), Kind.CHILD);
    out.writeInt(contents.group());
    out.writeUTF(contents.numbersOf());
    out.writeUTF(contents.options());
    out.writeUTF(contents.cgroup());
    out.writeInt(contents.bystanders().size());
    for (ProcessId bystander : contents.bystanders()) {
      writeSlot(out, bystander, Kind.CHILD);
    }
    if (bytes.size() > HEADER) {
      throw new IOException("the options and the bystanders need " + bytes.size() + " bytes");
    }
    return bytes.toByteArray();
  }

  private static void writeSlot(DataOutputStream out, ProcessId id, Kind kind) throws IOException {
    out.writeInt(id.pid());
    out.writeInt(kind.ordinal());
    out.writeLong(id.start());
  }

  /** Enters a process; answers false if the ledger is as large as it may become. */
  public synchronized boolean enter(ProcessId id, Kind kind) throws IOException {
    if (slots.containsKey(id)) {
      return true;
    }
    int slot = firstFree;
    while (slot < taken.length && taken[slot]) {
      slot++;
    }
    if (slot == MOST_SLOTS) {
      return false;
    }
    if (slot == taken.length) {
      taken = Arrays.copyOf(taken, slot * 2);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(SLOT);
    writeSlot(new DataOutputStream(bytes), id, kind);
    write(slot, bytes.toByteArray());
    taken[slot] = true;
    slots.put(id, slot);
    firstFree = slot + 1;
    return true;
  }

  /** Clears the slot of a process that has ended. */
  public synchronized void clear(ProcessId id) throws IOException {
    Integer slot = slots.remove(id);
    if (slot != null) {
      taken[slot] = false;
      firstFree = Math.min(firstFree, slot);
      write(slot, new byte[SLOT]);
    }
  }

  private void write(int slot, byte[] bytes) throws IOException {
    access.seek(HEADER + (long) slot * SLOT);
    access.write(bytes);
  }

  /** Reads a ledger; throws, with the reason in words, if it is torn or of another version. */
  public static Contents read(File file) throws IOException {
    byte[] bytes;
    try (RandomAccessFile access = new RandomAccessFile(file, "r")) {
      long length = access.length();
      if (length < HEADER || length > HEADER + MOST_SLOTS * SLOT || length % SLOT != 0) {
        throw new IOException("it is torn: it has " + length + " bytes");
      }
      bytes = new byte[(int) length];
      access.readFully(bytes);
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    if (in.readLong() != MAGIC) {
      throw new IOException("it is no ledger of this version");
    }
    try {
      return readContents(in, bytes);
    } catch (EOFException | UTFDataFormatException | NoSuchElementException torn) {
      throw new IOException("it is torn: " + torn);
    }
  }

  private static Contents readContents(DataInputStream in, byte[] bytes) throws IOException {
    ProcessId worker = readSlots(in, 1).keySet().iterator().next();
    int group = in.readInt();
    String numbersOf = in.readUTF();
    String options = in.readUTF();
    String cgroup = in.readUTF();
    int bystanders = in.readInt();
    if (bystanders < 0 || bystanders > HEADER / SLOT) {
      throw new IOException("it is torn: it has " + bystanders + " bystanders");
    }
    Set<ProcessId> others = new HashSet<>(readSlots(in, bystanders).keySet());
    DataInputStream slots =
        new DataInputStream(new ByteArrayInputStream(bytes, HEADER, bytes.length - HEADER));
    Map<ProcessId, String> processes = readSlots(slots, (bytes.length - HEADER) / SLOT);
    return new Contents(worker, group, numbersOf, options, cgroup, others, processes);
  }

  private static Map<ProcessId, String> readSlots(DataInputStream in, int count)
      throws IOException {
    Map<ProcessId, String> slots = new HashMap<>();
    for (int i = 0; i < count; i++) {
      int pid = in.readInt();
      Kind kind = in.readInt() == Kind.CHILD.ordinal() ? Kind.CHILD : Kind.ADOPTED;
      long start = in.readLong();
      if (pid > 1) {
        slots.put(new ProcessId(pid, start), kind.words);
      }
    }
    return slots;
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
