package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads of /proc what only a person asks for: the commands do, no worker and no sweeper does. */
public final class ProcOverview {
  private final String root;

  /** Creates a reader of the kernel's own /proc. */
  public ProcOverview() {
    this(ProcFs.ROOT);
  }

  ProcOverview(String root) {
    this.root = root;
  }

  /** Returns the number of each process that there is. */
  public List<Integer> pids() {
    List<Integer> pids = new ArrayList<>();
    String[] names = new File(root).list();
    for (String name : names == null ? new String[0] : names) {
      if (name.charAt(0) >= '1' && name.charAt(0) <= '9') {
        pids.add(Integer.parseInt(name));
      }
    }
    return pids;
  }

  /**
   * Returns the words that the process was started with if the first one ends like that; none if
   * not, as most of a machine's processes are of no interest.
   */
  public String[] commandOf(int pid, String... endings) {
    byte[] words = OwnProc.bytes(root + "/" + pid + "/cmdline");
    int end = 0;
    while (words != null && end < words.length && words[end] != 0) {
      end++;
    }
    for (String ending : endings) {
      if (endsWith(words, end, ending)) {
        return new String(words, StandardCharsets.UTF_8).split("\0");
      }
    }
    return new String[0];
  }

  private static boolean endsWith(byte[] words, int end, String ending) {
    int from = end - ending.length();
    if (words == null || from < 0) {
      return false;
    }
    for (int i = 0; i < ending.length(); i++) {
      if (words[from + i] != ending.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the environment that the process was started with; empty if this user may not look. */
  public Map<String, String> environment(int pid) {
    byte[] entries = OwnProc.bytes(root + "/" + pid + "/environ");
    Map<String, String> environment = new HashMap<>();
    String text = entries == null ? "" : new String(entries, StandardCharsets.UTF_8);
    for (String entry : text.split("\0")) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return environment;
  }

  /**
   * Returns the name of the process's user, or the number where there is no name, or null if it is
   * gone. The directory is always that user's, the files in it are not (proc(5), "dumpable").
   */
  public String userName(int pid) {
    try {
      return Files.getOwner(Path.of(root, Integer.toString(pid))).getName();
    } catch (IOException gone) {
      return null;
    }
  }
}
