package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * Tells whether a number that /proc does not show is free. Mounted with hidepid (proc(5)), /proc
 * hides other users' processes, and of the same user those that are not dumpable: a JVM with file
 * capabilities, or one that has changed its user (prctl(2), PR_SET_DUMPABLE).
 */
public final class HiddenProcesses {
  private static final String OPTION = "hidepid=";

  /** With these the directory of each process is to be seen, if not what is in it. */
  private static final Set<String> HIDING_NONE = Set.of("0", "off", "1", "noaccess");

  private final String root;

  /** Creates the look at the /proc that is mounted there. */
  HiddenProcesses(String root) {
    this.root = root;
  }

  /**
   * Whether a process has a parent that cannot be looked at. What ends leaves no child behind, so
   * that the number of a parent is not free.
   */
  public static boolean areAbove(ProcessInfo process, ProcFs proc) {
    int parent = process.parent();
    if (parent <= ProcessId.INIT || proc.read(parent) != null) {
      return false;
    }
    ProcessInfo now = proc.read(process.pid());
    return now != null && now.id().equals(process.id()) && now.parent() == parent;
  }

  /** Whether there is certainly no process of that number. */
  boolean areNone(int pid) {
    // The first process of a namespace is there as long as any other is (pid_namespaces(7)).
    return isAbsent(pid) && !isAbsent(ProcessId.INIT) && !isMountedToHide();
  }

  /** Whether stat(2) says so: a security module may refuse to say anything. */
  private boolean isAbsent(int pid) {
    try {
      Files.readAttributes(Path.of(root, Integer.toString(pid)), BasicFileAttributes.class);
      return false;
    } catch (NoSuchFileException absent) {
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /**
   * Whether the file system that was mounted there last is to hide processes (proc(5),
   * /proc/PID/mountinfo). The first process is seen even so where it is of this user.
   */
  private boolean isMountedToHide() {
    String[] mounts = OwnProc.lines(root + "/self/mountinfo");
    boolean hides = mounts.length == 0;
    for (String line : mounts) {
      String[] fields = line.split(" ");
      if (fields.length > 4 && fields[4].equals(new File(root).getPath())) {
        hides = false;
        for (String option : fields[fields.length - 1].split(",")) {
          hides |=
              option.startsWith(OPTION) && !HIDING_NONE.contains(option.substring(OPTION.length()));
        }
      }
    }
    return hides;
  }
}
