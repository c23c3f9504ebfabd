package io.reaper.core.proc;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what /proc says of this JVM alone. It is apart from {@link ProcFs} because a worker that
 * never spawns needs no more of it.
 */
public final class OwnProc {

  /**
   * The length that is read first: most files of /proc are shorter; a worker with a thousand
   * children reads thousands.
   */
  private static final int FIRST_PIECE = 1024;

  /** The most that is read at a time: more would be allocated once more, by the C library. */
  private static final int PIECE = 8192;

  private final String root;

  /** Creates a reader of the kernel's own /proc. */
  public OwnProc() {
    this(ProcFs.ROOT);
  }

  /** Creates a reader of a /proc elsewhere. */
  public OwnProc(String root) {
    this.root = root;
  }

  /**
   * Returns the environment that this JVM was started with, as far as its names begin with that.
   * System.getenv would load nine classes that few workers need so early.
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
            // Of two of one name System.getenv, too, returns the first.
            environment.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
          }
        }
        begin = end + 1;
      }
    }
    return environment;
  }

  /** Whether a word of the command line of this JVM begins so. */
  public boolean isGiven(String option) {
    byte[] words = bytes(root + "/self/cmdline");
    for (int at = 0; words != null && at < words.length; at++) {
      if ((at == 0 || words[at - 1] == 0) && startsWith(words, at, option)) {
        return true;
      }
    }
    return false;
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
   * Returns the numbers of the children that this JVM has, each followed by a space, or null where
   * the kernel does not list them (proc(5), CONFIG_PROC_CHILDREN).
   */
  public String children() {
    return children(new File(root + "/self/task").list());
  }

  /**
   * Returns the same before {@code main}, from two files. The launcher starts a thread for the JVM,
   * and leaves the first one, which has all that an entry script started before it became the
   * launcher, waiting; an agent before this one has started its own by the calling thread, or, of
   * so many threads, by another.
   */
  public String childrenAtStart(int threads) {
    if (System.getProperty("sun.java.launcher") == null || threads > 1) {
      // A program that has made a JVM of itself may have had children by any of its threads.
      return children();
    }
    byte[] stat = bytes(root + "/self/stat");
    String first = stat == null ? null : childrenOf(Integer.toString(leadingNumber(stat)));
    byte[] mine = bytes(root + "/thread-self/children");
    return mine == null || mine.length == 0 || first == null ? first : first + new String(mine);
  }

  private String children(String[] threads) {
    String children = null;
    for (String thread : threads == null ? new String[0] : threads) {
      String its = childrenOf(thread);
      children = its == null ? children : children == null ? its : children + its;
    }
    return children;
  }

  private String childrenOf(String thread) {
    byte[] line = bytes(root + "/self/task/" + thread + "/children");
    return line == null ? null : line.length == 0 ? "" : new String(line);
  }

  /**
   * Whether this JVM has a child that is not among these, or may have one: where the kernel does
   * not list them, that takes a longer look.
   */
  public boolean mayHaveChildrenBeside(String known) {
    String children = children();
    if (children == null) {
      return true;
    }
    int begin = 0;
    for (int end = children.indexOf(' '); end >= 0; end = children.indexOf(' ', begin)) {
      String number = children.substring(begin, end + 1);
      if (known == null || !known.startsWith(number) && !known.contains(" " + number)) {
        return true;
      }
      begin = end + 1;
    }
    return false;
  }

  /** Returns the number that a text begins with, up to the space behind it. */
  static int leadingNumber(byte[] text) {
    int number = 0;
    for (int at = 0; text[at] != ' '; at++) {
      number = number * 10 + text[at] - '0';
    }
    return number;
  }

  /** Returns a path without what the kernel appends to that of a file that was removed. */
  static String withoutDeleted(String path) {
    String deleted = " (deleted)";
    return path.endsWith(deleted) ? path.substring(0, path.length() - deleted.length()) : path;
  }

  /**
   * Returns the files whose code is mapped into this JVM (proc(5), /proc/self/maps); one that was
   * removed or replaced since, by the name that it had.
   */
  public Set<String> programs() {
    Set<String> programs = new HashSet<>();
    byte[] maps = bytes(root + "/self/maps");
    String text = maps == null ? "" : new String(maps, StandardCharsets.UTF_8);
    for (int end, at = 0; at < text.length(); at = end + 1) {
      end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      int rights = text.indexOf(' ', at) + 1;
      int path = text.indexOf('/', at);
      if (path >= 0 && path < end && text.charAt(rights + 2) == 'x') {
        String file = text.substring(path, end);
        programs.add(withoutDeleted(file));
      }
    }
    return programs;
  }

  /**
   * Returns the program that this process runs, or an empty text where the kernel does not tell.
   */
  public String program() {
    try {
      return Files.readSymbolicLink(Path.of(root, "self", "exe")).toString();
    } catch (IOException untold) {
      return "";
    }
  }

  /** Returns what that file holds, or null if it cannot be read. */
  static byte[] bytes(String file) {
    try (FileInputStream in = new FileInputStream(file)) {
      // Not readAllBytes, which asks five times for a length that files of /proc do not have.
      byte[] bytes = new byte[FIRST_PIECE];
      int length = Math.max(0, in.read(bytes));
      while (true) {
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, 2 * length);
        }
        int more = in.read(bytes, length, Math.min(PIECE, bytes.length - length));
        if (more < 0) {
          return Arrays.copyOf(bytes, length);
        }
        length += more;
      }
    } catch (IOException gone) {
      return null;
    }
  }

  /**
   * Returns this JVM's cgroup v2 directory, wherever that file system is mounted (cgroups(7),
   * /proc/self/cgroup and /proc/self/mounts), or null if there is none.
   */
  public File cgroup() {
    String path = null;
    for (String line : lines(root + "/self/cgroup")) {
      path = line.startsWith("0::") ? line.substring(3) : path;
    }
    for (String line : lines(root + "/self/mounts")) {
      String[] fields = line.split(" ");
      if (path != null && fields.length > 2 && fields[2].equals("cgroup2")) {
        return new File(fields[1] + path);
      }
    }
    return null;
  }

  /**
   * Returns this JVM's descriptors of that file, by its name in /proc/self/fd, such as pipe:[42].
   */
  public List<Integer> descriptors(String name) {
    List<Integer> descriptors = new ArrayList<>();
    String[] open = new File(root + "/self/fd").list();
    for (String descriptor : open == null ? new String[0] : open) {
      try {
        if (Files.readSymbolicLink(Path.of(root, "self", "fd", descriptor))
            .toString()
            .equals(name)) {
          descriptors.add(Integer.parseInt(descriptor));
        }
      } catch (IOException closed) {
        // Such as the descriptor by which the directory itself was read.
        continue;
      }
    }
    return descriptors;
  }

  /**
   * Returns the way to a file that this JVM has open, which stays when its directory is removed; or
   * null if it cannot be found.
   */
  public File opened(File file) throws IOException {
    List<Integer> descriptors = descriptors(file.toPath().toRealPath().toString());
    return descriptors.isEmpty() ? null : new File(root + "/self/fd/" + descriptors.get(0));
  }

  /** Whether this JVM's standard output is a terminal. */
  public boolean writesToTerminal() {
    try {
      String out = Files.readSymbolicLink(Path.of(root, "self", "fd", "1")).toString();
      return out.startsWith("/dev/pts/") || out.startsWith("/dev/tty");
    } catch (IOException untold) {
      return false;
    }
  }

  /** Returns the milliseconds since boot (proc(5), /proc/uptime), to ten of them. */
  public long upMillis() {
    // Hundredths of a second: a double would load classes at the end, of a JDK that may be gone.
    String[] uptime = lines(root + "/uptime");
    return uptime.length == 0
        ? 0
        : 10 * Long.parseLong(uptime[0].substring(0, uptime[0].indexOf(' ')).replace(".", ""));
  }

  /** Returns the name of this machine, or of its UTS namespace. */
  public String hostName() {
    String[] lines = lines(root + "/sys/kernel/hostname");
    return lines.length == 0 ? "" : lines[0];
  }

  /** Returns the lines of a file; none if it cannot be read. */
  static String[] lines(String file) {
    return lines(bytes(file));
  }

  /** Returns the lines of a text; none of null. */
  static String[] lines(byte[] text) {
    return text == null ? new String[0] : new String(text, StandardCharsets.UTF_8).split("\n");
  }
}
