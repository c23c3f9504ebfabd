package io.reaper.core.family;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What /proc says of this JVM alone. Apart from {@link ProcFs}, as it is all of it that a worker
 * needs which never spawns.
 */
public final class Self {
  private final String root;

  /** By the kernel's own /proc. */
  public Self() {
    this(ProcFs.ROOT);
  }

  Self(String root) {
    this.root = root;
  }

  /**
   * The environment that this JVM was started with, as far as its names begin with that.
   * System.getenv would bring nine classes with it that few workers need so early.
   */
  public Map<String, String> environment(String prefix) {
    Map<String, String> environment = new HashMap<>();
    byte[] entries = bytes(root + "/self/environ");
    if (entries == null) {
      return System.getenv();
    }
    int begin = 0;
    for (int end = 0; end < entries.length; end++) {
      if (entries[end] == 0) {
        if (startsWith(entries, begin, prefix)) {
          String entry = new String(entries, begin, end - begin);
          int equals = entry.indexOf('=');
          if (equals > 0) {
            environment.put(entry.substring(0, equals), entry.substring(equals + 1));
          }
        }
        begin = end + 1;
      }
    }
    return environment;
  }

  private static boolean startsWith(byte[] text, int at, String prefix) {
    for (int i = 0; i < prefix.length(); i++) {
      if (at + i >= text.length || text[at + i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether this JVM has a child, or may have one: where the kernel does not list the children of
   * each thread (proc(5), CONFIG_PROC_CHILDREN), that takes a longer look.
   */
  public boolean mayHaveChildren() {
    String[] threads = new File(root + "/self/task").list();
    boolean listed = false;
    for (String thread : threads == null ? new String[0] : threads) {
      byte[] line = bytes(root + "/self/task/" + thread + "/children");
      listed |= line != null;
      if (line != null && line.length > 0) {
        return true;
      }
    }
    return !listed;
  }

  static byte[] bytes(String file) {
    try (FileInputStream in = new FileInputStream(file)) {
      return in.readAllBytes();
    } catch (IOException gone) {
      return null;
    }
  }
}
