package io.reaper.core.ledger;

import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps what outlives the worker: a small file with the worker, its modes, and a slot for every
 * process that is its own. A change is one write; what was written before a SIGKILL is in the page
 * cache and stays. It is not mapped: the first mapping costs a JVM 30 ms (JDK 25), and a store to a
 * mapped page on a full disk is a SIGBUS.
 */
public final class Ledger implements AutoCloseable {
  /** The bytes of text that a slot has room for beside its process, whatever its letters are. */
  public static final int LONGEST_TEXT =
      LedgerFile.SLOT - 1 - LedgerFile.TEXT_AT - (LedgerFile.LONGEST_LETTER - 1);

  /** What the orders begin with if they name no mode. */
  public static final String NO_MODES = "none";

  /** What a ledger's name ends with while it is being written for the first time. */
  static final String UNFINISHED = ".new";

  /** A worker that has few children does not write the number of used slots for each. */
  private static final int STEP = 4;

  private static final int FIRST_SLOTS = 256;

  private static final class Slot {
    final int number;
    final LedgerEntry.Kind kind;

    Slot(int number, LedgerEntry.Kind kind) {
      this.number = number;
      this.kind = kind;
    }
  }

  private final File file;
  private final LedgerAccess access;
  private final int header;
  private final Map<ProcessId, Slot> slots = new HashMap<>();
  private final Map<ProcessId, Integer> kept = new HashMap<>();
  private final Set<ProcessId> bystanders = new HashSet<>();
  private boolean[] taken = new boolean[FIRST_SLOTS];
  private final Set<ProcessId> described = new HashSet<>();
  private int firstFree;
  private int used;
  private int spared;

  private Ledger(File file, LedgerAccess access, int header) {
    this.file = file;
    this.access = access;
    this.header = header;
  }

  /** Begins a worker's ledger at its first spawn; its processes are entered afterwards. */
  public static Ledger create(File file, LedgerContents contents) throws IOException {
    byte[] header = LedgerFile.header(contents);
    // Under another name until it is whole, so that half a ledger is never read.
    File unfinished = new File(file.getPath() + UNFINISHED);
    if (!unfinished.createNewFile()) {
      throw new IOException(unfinished + " is there already");
    }
    LedgerAccess access = new LedgerAccess(unfinished);
    try {
      byte[] free = LedgerFile.free(FIRST_SLOTS);
      byte[] all = Arrays.copyOf(header, header.length + free.length);
      System.arraycopy(free, 0, all, header.length, free.length);
      access.write(0, all);
      Ledger ledger = new Ledger(file, access, header.length);
      ledger.spareBystanders(contents);
      for (ProcessId each : contents.kept()) {
        ledger.keep(each);
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

  /**
   * Changes what is said of the worker, and leaves its processes and its sentinel as they are. What
   * is to be spared comes first: a mode that is new may reach processes that no mode before did.
   */
  public synchronized void change(LedgerContents contents) throws IOException {
    spareBystanders(contents);
    byte[] text = LedgerFile.header(contents, header);
    // What comes before stays: the sentinel's line is its own, and the slots are in use.
    int start = LedgerFile.SECOND_LINE_END;
    access.write(start, Arrays.copyOfRange(text, start, text.length));
  }

  /**
   * Enters a process, or what it is to the worker if that is nearer than was known; returns false
   * if the ledger is as large as it may become.
   */
  public synchronized boolean enter(ProcessId id, LedgerEntry.Kind kind) throws IOException {
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
      access.write(at(slot), bytes);
      described.remove(id);
    }
    slots.put(id, new Slot(slot, kind));
    return true;
  }

  /** Enters whether a start of a process may be under way; a ledger begins as if one were. */
  public synchronized void setStarting(boolean mayBe) throws IOException {
    String flag = LedgerFile.starting(mayBe);
    access.write(LedgerFile.STARTING_AT, flag.getBytes(StandardCharsets.US_ASCII));
  }

  /** Enters that a process may outlive the worker; returns false if there is no room. */
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

  private void spareBystanders(LedgerContents contents) throws IOException {
    for (ProcessId bystander : contents.bystanders()) {
      if (bystanders.add(bystander) && spare(LedgerFile.bystander(bystander)) < 0) {
        throw new IOException("it has no room for the processes that must be spared");
      }
    }
  }

  /**
   * Counts the process before it is entered: the sentinel must not strike at all at once meanwhile.
   */
  private int spare(byte[] bytes) throws IOException {
    spared++;
    writeUsed(used);
    return writeNew(bytes);
  }

  private void writeUsed(int slotsUsed) throws IOException {
    String numbers = LedgerFile.used(slotsUsed, spared);
    access.write(LedgerFile.SLOTS_AT, numbers.getBytes(StandardCharsets.US_ASCII));
  }

  /** Writes a new slot; returns its number, or -1 if the ledger is as large as it may become. */
  private int writeNew(byte[] bytes) throws IOException {
    int slot = free();
    if (slot == LedgerFile.MOST_SLOTS) {
      return -1;
    }
    if (slot >= used) {
      // Before the slot itself: a crash between the two loses no process that was there before.
      if (slot >= FIRST_SLOTS && slot % STEP == 0) {
        access.write(at(slot), LedgerFile.free(STEP));
      }
      int more = (slot / STEP + 1) * STEP;
      writeUsed(more);
      used = more;
    }
    access.write(at(slot), bytes);
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

  /** Clears all that is entered of processes that have ended. */
  public synchronized void clear(Collection<ProcessId> ended) throws IOException {
    BitSet cleared = new BitSet();
    for (ProcessId id : ended) {
      Integer keep = kept.remove(id);
      if (keep != null) {
        clear(keep, cleared);
        spared--;
        writeUsed(used);
      }
    }
    release(ended, cleared);
  }

  /** Clears the slots of processes that live and are not the worker's; those kept stay so. */
  public synchronized void release(Collection<ProcessId> others) throws IOException {
    release(others, new BitSet());
  }

  private void release(Collection<ProcessId> ids, BitSet cleared) throws IOException {
    for (ProcessId id : ids) {
      Slot slot = slots.remove(id);
      if (slot != null) {
        described.remove(id);
        clear(slot.number, cleared);
      }
    }
    int end; // Neighbours in one write.
    for (int slot = cleared.nextSetBit(0); slot >= 0; slot = cleared.nextSetBit(end)) {
      end = cleared.nextClearBit(slot);
      access.write(at(slot), LedgerFile.free(end - slot));
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
      access.write(at(slot.number), LedgerFile.slot(process, slot.kind, startedBy));
    }
  }

  private long at(int slot) {
    return header + (long) slot * LedgerFile.SLOT;
  }

  /** Whether there have been so many processes at a time, about 500, that native calls pay. */
  public static boolean hasGrown(File file) {
    return file.length() > 2L * FIRST_SLOTS * LedgerFile.SLOT;
  }

  /** Returns the file. */
  public File file() {
    return file;
  }

  /**
   * Removes the ledger, as the worker has no process left. A sentinel that has it open, and cannot
   * be dismissed, as native code has closed its lifeline, does nothing any more.
   */
  @Override
  public synchronized void close() throws IOException {
    try (LedgerAccess closing = access) {
      closing.disarm();
    } finally {
      file.delete();
    }
  }
}
