package io.reaper.core.proc;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * Holds /proc/PID/stat of one process open: it belongs to that very process, whatever becomes of
 * its number, and is read whether /proc shows the process or not.
 */
public final class HeldStat {
  private final ProcessId id;
  private final RandomAccessFile stat;
  private final RandomAccessFile own;

  private HeldStat(String root, ProcessId id) throws FileNotFoundException {
    this.id = id;
    stat = new RandomAccessFile(root + "/" + id.pid() + "/stat", "r");
    own = new RandomAccessFile(root + "/self/stat", "r");
  }

  /** Opens the file, and this process's own for comparison; null if it is not that process's. */
  static HeldStat of(String root, ProcessId id) {
    try {
      HeldStat held = new HeldStat(root, id);
      ProcessInfo info = held.read(held.stat);
      return info != null && info.id().equals(id) ? held : null;
    } catch (FileNotFoundException hidden) {
      return null;
    }
  }

  /** Whether the process certainly runs no more: of a failed read, another one must succeed. */
  public boolean isDead() {
    ProcessInfo info = read(stat);
    return info == null ? read(own) != null : info.isZombie();
  }

  private ProcessInfo read(RandomAccessFile file) {
    byte[] line = new byte[ProcFs.LONGEST_STAT];
    try {
      file.seek(0);
      return file.read(line) <= 0 ? null : Stat.parse(id.pid(), line);
    } catch (IOException gone) {
      return null;
    }
  }
}
