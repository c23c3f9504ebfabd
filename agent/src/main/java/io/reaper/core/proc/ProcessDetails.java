package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads what /proc says of one process beside its line in {@code stat}. Each is read anew, and may
 * be of another process that has got the same number meanwhile.
 */
public final class ProcessDetails {
  private static final String LOCKS = "Max file locks";
  private static final String RESIDENT_SET = "Max resident set";

  private static final String RESIDENT = "VmRSS:";

  /** A JVM that allocates grows between two looks. */
  private static final int LOOKS_AT_SIZE = 10;

  private final String directory;
  private final ProcFs proc;

  /** Creates a reader of the process of that directory, /proc/PID; looks that fail are counted. */
  ProcessDetails(String directory, ProcFs proc) {
    this.directory = directory;
    this.proc = proc;
  }

  private String[] lines(String file) {
    return OwnProc.lines(proc.bytes(directory + file));
  }

  /**
   * Returns the process group in the foreground of that process's controlling terminal, or -1 if it
   * has no terminal (proc(5), /proc/PID/stat, field 8).
   */
  public int foregroundGroup() {
    // What the first thread tells, as qemu-user makes up that of the process itself.
    String thread = directory.substring(directory.lastIndexOf('/'));
    byte[] stat = proc.bytes(directory + "/task" + thread + "/stat");
    if (stat == null || stat.length == 0) {
      return -1;
    }
    String line = new String(stat, StandardCharsets.ISO_8859_1);
    return Integer.parseInt(line.substring(line.lastIndexOf(')') + 2).split(" ")[5]);
  }

  /** Whether the process has a controlling terminal. */
  public boolean hasTerminal() {
    return foregroundGroup() >= 0;
  }

  /**
   * Returns the number of the user that the process runs as, or -1 if there is no such process, as
   * for the number of a thread (proc(5), /proc/PID/status).
   */
  public int user() {
    int user = -1;
    boolean leads = false;
    for (String line : lines("/status")) {
      if (line.startsWith("Tgid:")) {
        leads = directory.endsWith("/" + line.substring("Tgid:".length()).trim());
      } else if (line.startsWith("Uid:")) {
        // The second is the effective one.
        user = Integer.parseInt(line.split("\\s+")[2]);
      }
    }
    return leads ? user : -1;
  }

  /** Whether what the process has loaded may be seen, as of one of this user that is dumpable. */
  boolean showsMaps() {
    return proc.bytes(directory + "/maps") != null;
  }

  /** Whether the process certainly has one thread alone, as no JVM has. */
  boolean isSingleThreaded() {
    for (String line : OwnProc.lines(directory + "/status")) {
      if (line.startsWith("Threads:")) {
        return line.substring("Threads:".length()).trim().equals("1");
      }
    }
    return false;
  }

  /** Whether the process has loaded HotSpot's or OpenJ9's library. */
  public boolean isJvm() {
    for (String line : lines("/maps")) {
      if (line.endsWith("/libjvm.so") || line.endsWith("/libj9vm29.so")) {
        return true;
      }
    }
    return false;
  }

  /** Returns the words that the process was started with; none if it is gone. */
  public String[] command() {
    byte[] words = ofAnyThread("/cmdline");
    return words == null || words.length == 0
        ? new String[0]
        : new String(words, StandardCharsets.UTF_8).split("\0");
  }

  /** Returns what a thread shows that still has the memory: the first may have ended. */
  private byte[] ofAnyThread(String file) {
    byte[] shown = proc.bytes(directory + file);
    if (shown == null || shown.length == 0) {
      for (String thread : proc.names(directory + "/task")) {
        byte[] its = proc.bytes(directory + "/task/" + thread + file);
        if (its != null && its.length > 0) {
          return its;
        }
      }
    }
    return shown;
  }

  /**
   * Counts a failed look if the process shows neither words nor environment, as in the middle of
   * execve(2), where it has the memory of the next program, and the kernel has not said yet what is
   * where in it.
   */
  public void countIfBetweenPrograms() {
    byte[] words = ofAnyThread("/cmdline");
    byte[] environment = words != null && words.length == 0 ? ofAnyThread("/environ") : null;
    if (environment != null && environment.length == 0) {
      ProcessInfo now = proc.read(Integer.parseInt(new File(directory).getName()));
      if (now != null && !now.isZombie()) {
        proc.lookHasFailed();
      }
    }
  }

  /** Returns the words with a space between them; empty if it is gone. */
  public String commandLine() {
    return String.join(" ", command());
  }

  /**
   * Whether both may have the same memory: a child of vfork(2) that has not become another program
   * has its parent's, from which the kernel reads the words of its command line. A child of fork(2)
   * has those words too, but a memory of its own. What cannot be read proves nothing.
   */
  public boolean mayShareMemoryWith(ProcessDetails parent) {
    byte[] words = OwnProc.bytes(directory + "/cmdline");
    byte[] parents = OwnProc.bytes(parent.directory + "/cmdline");
    return words == null
        || parents == null
        || words.length == 0
        || Arrays.equals(words, parents) && !hasAnotherSizeThan(parent);
  }

  /**
   * Whether its memory has another size than that one's, which was the same before and after. One
   * such look proves nothing, as the parent's may have changed and changed back in between.
   */
  private boolean hasAnotherSizeThan(ProcessDetails parent) {
    byte[] before = OwnProc.bytes(parent.directory + "/statm");
    int differing = 0;
    for (int look = 0; before != null && look < LOOKS_AT_SIZE; look++) {
      byte[] size = OwnProc.bytes(directory + "/statm");
      byte[] after = OwnProc.bytes(parent.directory + "/statm");
      if (Arrays.equals(before, after)) {
        if (size == null || Arrays.equals(size, before)) {
          return false;
        }
        if (++differing == 2) {
          return true;
        }
      }
      before = after;
    }
    return false;
  }

  /** Returns the path of the executable, removed or not, or null where the kernel does not tell. */
  public String executable() {
    String path = link("exe");
    for (String thread : path == null ? proc.names(directory + "/task") : new String[0]) {
      path = path == null ? link("task/" + thread + "/exe") : path;
    }
    return path == null ? null : OwnProc.withoutDeleted(path);
  }

  /** Returns the directory that the process works in, or null where the kernel does not tell. */
  public String workingDirectory() {
    return link("cwd");
  }

  private String link(String name) {
    try {
      return Files.readSymbolicLink(Path.of(directory, name)).toString();
    } catch (IOException gone) {
      return null;
    }
  }

  /** Whether the environment that the process was started with holds that entry. */
  public boolean environmentHolds(String entry) {
    byte[] environment = ofAnyThread("/environ");
    if (environment != null && environment.length == 0) {
      countIfBetweenPrograms();
      environment = ofAnyThread("/environ");
    }
    return environment != null
        && ("\0" + new String(environment, StandardCharsets.ISO_8859_1) + "\0")
            .contains("\0" + entry + "\0");
  }

  /**
   * Returns the soft limit on file locks of that process, without a sign, or -1, which is
   * RLIM_INFINITY (getrlimit(2)), if it has none; null if it cannot be read (proc(5),
   * /proc/PID/limits: any user may read it).
   */
  public Long softLimitOnLocks() {
    return softLimit(LOCKS);
  }

  /** Returns the same of the limit on its resident set, which Linux has ignored since 2.4.30. */
  public Long softLimitOnResidentSet() {
    return softLimit(RESIDENT_SET);
  }

  private Long softLimit(String name) {
    for (String line : lines("/limits")) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).trim();
        // Any value below 2^64 may have been set.
        return soft.startsWith("unlimited")
            ? -1L
            : Long.parseUnsignedLong(soft.substring(0, soft.indexOf(' ')));
      }
    }
    return null;
  }

  /** Returns the memory that the process holds (proc(5), VmRSS), or 0 if it is gone. */
  public long residentBytes() {
    for (String line : lines("/status")) {
      if (line.startsWith(RESIDENT)) {
        String kilobytes = line.substring(RESIDENT.length()).trim();
        return Long.parseLong(kilobytes.substring(0, kilobytes.indexOf(' '))) * 1024;
      }
    }
    return 0;
  }

  /** Whether the process has that file open, by whatever path it has opened it. */
  boolean hasOpen(File open) {
    for (String descriptor : proc.names(directory + "/fd")) {
      try {
        Path link = Path.of(directory, "fd", descriptor);
        Path opened = Files.readSymbolicLink(link);
        // The name first, as more than that of a file on a dead NFS server would take for ever.
        if (opened.endsWith(open.getName())
            && (opened.equals(open.toPath()) || Files.isSameFile(link, open.toPath()))) {
          return true;
        }
      } catch (IOException closed) {
        continue;
      }
    }
    return false;
  }
}
