package io.reaper.core.proc;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * The reader of /proc; what that says of this JVM alone is read by {@link OwnProc}. A process that
 * ends while it is read is simply not there.
 */
public class ProcFs {
  /** What the kernel appends to the path of an executable that was removed or replaced. */
  private static final String DELETED = " (deleted)";

  /**
   * The program by which the JDK starts another (jdk.lang.Process.launchMechanism, POSIX_SPAWN).
   */
  private static final String SPAWN_HELPER = "jspawnhelper";

  /** More than 52 numbers of 64 bits and a name need (proc(5)). */
  private static final int LONGEST_STAT = 1536;

  private static final String LOCKS = "Max file locks";
  private static final String RESIDENT_SET = "Max resident set";
  private static final String NUMBERS = "NSpid:";

  static final String ROOT = "/proc";

  /** What this process has open as its standard input, to be opened anew. */
  public static final String STANDARD_INPUT = "/proc/self/fd/0";

  private final String root;

  /** The kernel's own. */
  public ProcFs() {
    this(ROOT);
  }

  ProcFs(String root) {
    this.root = root;
  }

  /** Returns a reader to whom no process is there: what its numbers mean is not known. */
  public static ProcFs ofNobody() {
    return new ProcFs("/dev/null");
  }

  /** The number of this boot (random(4), /proc/sys/kernel/random/boot_id). */
  public String bootId() {
    byte[] id = OwnProc.bytes(root + "/sys/kernel/random/boot_id");
    return id == null ? "" : new String(id, StandardCharsets.US_ASCII).trim();
  }

  /**
   * This boot, and this JVM's PID namespace (pid_namespaces(7)) and time namespace
   * (time_namespaces(7), which shifts start times; Linux 5.6): where a number and a start time mean
   * what they mean here.
   */
  public String numberSpace() {
    return bootId() + namespace("pid") + namespace("time");
  }

  private String namespace(String kind) {
    try {
      return " " + Files.readSymbolicLink(Path.of(root, "self", "ns", kind));
    } catch (IOException untold) {
      return "";
    }
  }

  /**
   * Returns why no process may be named by a number of this /proc, and what to do about it, or null
   * if all is well. A sandbox that makes a PID namespace and mounts no /proc for it has that of the
   * namespace above: other numbers than those of getpid(2) and kill(2). A process has a number in
   * each namespace from that of /proc down to its own (proc(5), /proc/PID/status, NSpid).
   *
   * @param consequence what is not done therefore
   */
  public String whyNotToTrustNumbers(String consequence) {
    String found = foreignNumbers();
    return found == null
        ? null
        : root
            + " is of another PID namespace ("
            + found
            + "); "
            + consequence
            + "; mount /proc in this namespace, as unshare --mount-proc does";
  }

  private String foreignNumbers() {
    if (!new File(root + "/self/stat").exists()) {
      return root + "/self is not there";
    }
    for (String line : lines("self/status")) {
      if (line.startsWith(NUMBERS)) {
        return numbers((line + "\n").getBytes(StandardCharsets.US_ASCII)).size() > 1
            ? line.replace('\t', ' ')
            : null;
      }
    }
    // Before Linux 4.1, and where somebody else makes the file.
    long pid = ProcessHandle.current().pid();
    return pid == self() ? null : self() + " there is " + pid + " here";
  }

  /**
   * This JVM's cgroup v2 directory, wherever that file system is mounted (cgroups(7),
   * /proc/self/cgroup and /proc/self/mounts), or null if there is none.
   */
  public File cgroup() {
    String path = null;
    for (String line : lines("self/cgroup")) {
      path = line.startsWith("0::") ? line.substring(3) : path;
    }
    for (String line : lines("self/mounts")) {
      String[] fields = line.split(" ");
      if (path != null && fields.length > 2 && fields[2].equals("cgroup2")) {
        return new File(fields[1] + path);
      }
    }
    return null;
  }

  private String[] lines(String file) {
    byte[] text = OwnProc.bytes(root + "/" + file);
    return text == null ? new String[0] : new String(text, StandardCharsets.UTF_8).split("\n");
  }

  /** This JVM's descriptors of that pipe, by its name in /proc/self/fd, such as pipe:[42]. */
  public List<Integer> descriptors(String pipe) {
    List<Integer> descriptors = new ArrayList<>();
    String[] names = new File(root + "/self/fd").list();
    for (String name : names == null ? new String[0] : names) {
      try {
        if (Files.readSymbolicLink(Path.of(root, "self", "fd", name)).toString().equals(pipe)) {
          descriptors.add(Integer.parseInt(name));
        }
      } catch (IOException closed) {
        // The directory's own, for one.
        continue;
      }
    }
    return descriptors;
  }

  /** This JVM's own number. Asking ProcessHandle would start the JDK's machinery for children. */
  public int self() {
    byte[] stat = OwnProc.bytes(root + "/self/stat");
    return stat == null ? (int) ProcessHandle.current().pid() : OwnProc.leadingNumber(stat);
  }

  /**
   * Whether anything can be looked at now. Without a free descriptor (open(2), EMFILE) every look
   * finds nobody, and says nothing of who is there.
   */
  public boolean canLook() {
    File stat = new File(root + "/self/stat");
    try (FileInputStream in = new FileInputStream(stat)) {
      return in.read() >= 0;
    } catch (IOException refused) {
      // Where there is no /proc that is to be believed, there is nothing to look at.
      return !stat.exists();
    }
  }

  /** The process of that number, or null if there is none. */
  public ProcessInfo read(int pid) {
    byte[] stat = new byte[LONGEST_STAT];
    try (FileInputStream in = new FileInputStream(root + "/" + pid + "/stat")) {
      // One call: the kernel makes the whole line anew for each.
      return in.read(stat) <= 0 ? null : parse(pid, stat);
    } catch (IOException gone) {
      return null;
    }
  }

  /** Milliseconds since boot (proc(5), /proc/uptime), to ten of them. */
  public long upMillis() {
    byte[] uptime = OwnProc.bytes(root + "/uptime");
    return uptime == null
        ? 0
        : (long) (Double.parseDouble(new String(uptime, 0, first(uptime, ' '))) * 1000);
  }

  private static int first(byte[] text, char letter) {
    int at = 0;
    while (text[at] != letter) {
      at++;
    }
    return at;
  }

  /** Whether that very process still runs: the same start time, and not a zombie. */
  public boolean isAlive(ProcessId id) {
    ProcessInfo info = read(id.pid());
    return info != null && info.id().equals(id) && !info.isZombie();
  }

  /** Those of these processes that are there, under their very names. */
  public List<ProcessInfo> read(Collection<ProcessId> ids) {
    List<ProcessInfo> processes = new ArrayList<>();
    for (ProcessId id : ids) {
      ProcessInfo info = read(id.pid());
      if (info != null && info.id().equals(id)) {
        processes.add(info);
      }
    }
    return processes;
  }

  /** Every process that there is. */
  public Snapshot snapshot() {
    String[] names = new File(root).list();
    List<ProcessInfo> processes = new ArrayList<>();
    if (names != null) {
      for (String name : names) {
        ProcessInfo info = isNumber(name) ? read(Integer.parseInt(name)) : null;
        if (info != null) {
          processes.add(info);
        }
      }
    }
    return new Snapshot(processes);
  }

  /**
   * The children of this JVM, adopted ones and zombies included. Each thread has its own in
   * /proc/self/task/TID/children; without CONFIG_PROC_CHILDREN every process is looked at.
   */
  public List<ProcessInfo> children(int self) {
    return childrenBut(Set.of(), self);
  }

  /** Returns those of its children whose numbers are none of these. */
  public List<ProcessInfo> childrenBut(Set<Integer> known, int self) {
    List<Integer> children = childrenOf("self");
    if (children != null) {
      children.removeAll(known);
      return readEach(children, self);
    }
    List<ProcessInfo> others = new ArrayList<>(snapshot().childrenOf(self));
    others.removeIf(child -> known.contains(child.pid()));
    return others;
  }

  /**
   * The numbers of those children of this JVM that are listed and cannot be looked at: another
   * user's, where /proc hides those (proc(5), hidepid).
   */
  public List<Integer> hiddenChildren() {
    List<Integer> hidden = new ArrayList<>();
    List<Integer> children = childrenOf("self");
    for (int pid : children == null ? List.<Integer>of() : children) {
      if (read(pid) == null) {
        hidden.add(pid);
      }
    }
    // One that was reaped meanwhile is not listed any more.
    if (!hidden.isEmpty()) {
      List<Integer> still = childrenOf("self");
      hidden.retainAll(still == null ? List.of() : still);
    }
    return hidden;
  }

  /** Numbers, or null where the kernel does not list them. */
  private List<Integer> childrenOf(String process) {
    List<Integer> children = new ArrayList<>();
    String[] threads = new File(root + "/" + process + "/task").list();
    boolean listed = false;
    for (String thread : threads == null ? new String[0] : threads) {
      byte[] line = OwnProc.bytes(root + "/" + process + "/task/" + thread + "/children");
      if (line != null) {
        listed = true;
        children.addAll(numbers(line));
      }
    }
    return listed ? children : null;
  }

  /** A number in the list may be another's by now: only those who have that parent. */
  private List<ProcessInfo> readEach(List<Integer> pids, int parent) {
    List<ProcessInfo> processes = new ArrayList<>();
    for (int pid : pids) {
      ProcessInfo info = read(pid);
      if (info != null && info.parent() == parent) {
        processes.add(info);
      }
    }
    return processes;
  }

  /** The living descendants of these processes, as far as each was one for certain. */
  public List<ProcessInfo> descendantsOf(Collection<ProcessInfo> ancestors) {
    List<ProcessInfo> descendants = new ArrayList<>();
    Deque<ProcessInfo> parents = new ArrayDeque<>(ancestors);
    while (!parents.isEmpty()) {
      ProcessInfo parent = parents.remove();
      List<Integer> listed = childrenOf(Integer.toString(parent.pid()));
      List<ProcessInfo> children = new ArrayList<>();
      for (ProcessInfo child : readEach(listed == null ? List.of() : listed, parent.pid())) {
        if (!child.isZombie()) {
          children.add(child);
        }
      }
      // Alive after the look: nobody else had its number then.
      if (!children.isEmpty() && isAlive(parent.id())) {
        descendants.addAll(children);
        parents.addAll(children);
      }
    }
    return descendants;
  }

  /** Whether the kernel lists children (proc(5), CONFIG_PROC_CHILDREN). */
  public boolean listsChildren() {
    return new File(root + "/self/task/" + self() + "/children").exists();
  }

  /**
   * The youngest of those that this process has adopted, the last one first: orphans come to the
   * first thread (prctl(2), PR_SET_CHILD_SUBREAPER), each to the end of its line. One read, and
   * then one for each, before it can have forked again.
   */
  public List<ProcessInfo> youngestAdopted(int adopter, int most) {
    List<Integer> pids = adoptedBy(adopter);
    if (pids == null) {
      return List.of();
    }
    Collections.reverse(pids);
    return readEach(pids.subList(0, Math.min(most, pids.size())), adopter);
  }

  /**
   * Returns the numbers of the first thread's children, the only ones that can have been adopted,
   * or null where the kernel does not list them.
   */
  public List<Integer> adoptedBy(int process) {
    byte[] line = OwnProc.bytes(root + "/" + process + "/task/" + process + "/children");
    return line == null ? null : numbers(line);
  }

  private static List<Integer> numbers(byte[] line) {
    List<Integer> numbers = new ArrayList<>();
    int number = 0;
    for (byte letter : line) {
      if (letter >= '0' && letter <= '9') {
        number = number * 10 + letter - '0';
      } else if (number != 0) {
        numbers.add(number);
        number = 0;
      }
    }
    return numbers;
  }

  /**
   * The process group in the foreground of that process's controlling terminal, or -1 if it has no
   * terminal (proc(5), /proc/PID/stat, field 8).
   */
  public int foregroundGroup(int pid) {
    byte[] stat = OwnProc.bytes(root + "/" + pid + "/stat");
    if (stat == null || stat.length == 0) {
      return -1;
    }
    String line = new String(stat, StandardCharsets.ISO_8859_1);
    return Integer.parseInt(line.substring(line.lastIndexOf(')') + 2).split(" ")[5]);
  }

  /** Whether the process has a controlling terminal. */
  public boolean hasTerminal(int pid) {
    return foregroundGroup(pid) >= 0;
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

  /**
   * The number of the user that the process runs as, or -1 if there is no such process; a thread's
   * number is none (proc(5), /proc/PID/status).
   */
  public int user(int pid) {
    int user = -1;
    boolean leads = false;
    for (String line : lines(pid + "/status")) {
      String[] fields = line.split("\\s+");
      leads |= fields[0].equals("Tgid:") && fields[1].equals(Integer.toString(pid));
      if (fields[0].equals("Uid:")) {
        // The second is the effective one.
        user = Integer.parseInt(fields[2]);
      }
    }
    return leads ? user : -1;
  }

  /**
   * What a JVM that is dead was starting when it died: the JDK's helper, which holds all that the
   * JVM had open until it becomes the program that was asked for. One whose pipe another of them
   * holds open, too, would wait for ever.
   *
   * @param open a file that nobody keeps open but that JVM
   * @param since nobody is older than that
   */
  public List<ProcessInfo> interruptedStarts(File open, ProcessId since) {
    List<ProcessInfo> caught = new ArrayList<>();
    for (ProcessInfo process : snapshot().processes()) {
      // One whose parent is a JVM may be that one's, which has the file open for a moment.
      if (process.name().equals(SPAWN_HELPER)
          && process.id().start() >= since.start()
          && holds(process.pid(), open)
          && !isJvm(process.parent())) {
        caught.add(process);
      }
    }
    return caught;
  }

  private boolean holds(int pid, File open) {
    String[] descriptors = new File(root + "/" + pid + "/fd").list();
    for (String descriptor : descriptors == null ? new String[0] : descriptors) {
      try {
        Path link = Path.of(root, Integer.toString(pid), "fd", descriptor);
        if (Files.readSymbolicLink(link).toString().equals(open.getPath())) {
          return true;
        }
      } catch (IOException closed) {
        continue;
      }
    }
    return false;
  }

  /** Whether the process has loaded HotSpot's or OpenJ9's library. */
  public boolean isJvm(int pid) {
    for (String line : lines(pid + "/maps")) {
      if (line.endsWith("/libjvm.so") || line.endsWith("/libj9vm29.so")) {
        return true;
      }
    }
    return false;
  }

  /** The words that the process was started with; none if it is gone. */
  public String[] command(int pid) {
    byte[] words = OwnProc.bytes(root + "/" + pid + "/cmdline");
    return words == null || words.length == 0
        ? new String[0]
        : new String(words, StandardCharsets.UTF_8).split("\0");
  }

  /** The path of the executable, removed or not, or null where the kernel does not tell. */
  public String executable(int pid) {
    String path = link(pid, "exe");
    return path != null && path.endsWith(DELETED)
        ? path.substring(0, path.length() - DELETED.length())
        : path;
  }

  /** The directory that the process works in, or null where the kernel does not tell. */
  public String workingDirectory(int pid) {
    return link(pid, "cwd");
  }

  private String link(int pid, String name) {
    try {
      return Files.readSymbolicLink(Path.of(root, Integer.toString(pid), name)).toString();
    } catch (IOException gone) {
      return null;
    }
  }

  /** Whether the environment that the process was started with holds that entry. */
  public boolean environmentHolds(int pid, String entry) {
    byte[] environment = OwnProc.bytes(root + "/" + pid + "/environ");
    return environment != null
        && ("\0" + new String(environment, StandardCharsets.ISO_8859_1) + "\0")
            .contains("\0" + entry + "\0");
  }

  /**
   * The soft limit on file locks of that process, without a sign, or -1, which is RLIM_INFINITY
   * (getrlimit(2)), if it has none; null if it cannot be read (proc(5), /proc/PID/limits: anybody
   * may read it).
   */
  public Long softLimitOnLocks(int pid) {
    return softLimit(pid, LOCKS);
  }

  /** The same of a process that was looked at a moment ago. */
  public Long softLimitOnLocks(ProcessInfo process) {
    return softLimitOnLocks(process.pid());
  }

  /** The same of the limit on its resident set, which Linux has ignored since 2.4.30. */
  public Long softLimitOnResidentSet(int pid) {
    return softLimit(pid, RESIDENT_SET);
  }

  private Long softLimit(int pid, String name) {
    for (String line : lines(pid + "/limits")) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).trim();
        // Anybody may have set anything below 2^64.
        return soft.startsWith("unlimited")
            ? -1L
            : Long.parseUnsignedLong(soft.substring(0, soft.indexOf(' ')));
      }
    }
    return null;
  }

  private static boolean isNumber(String name) {
    char first = name.charAt(0);
    return first >= '0' && first <= '9';
  }

  /** The name may hold spaces and parentheses: what follows it starts after the last one. */
  static ProcessInfo parse(int pid, byte[] stat) {
    int open = 0;
    while (stat[open] != '(') {
      open++;
    }
    int close = stat.length - 1;
    while (stat[close] != ')') {
      close--;
    }
    Fields fields = new Fields(stat, close + 2);
    char state = (char) stat[close + 2];
    fields.skip(1);
    int parent = (int) fields.next();
    int group = (int) fields.next();
    int session = (int) fields.next();
    fields.skip(13);
    if (fields.next() > 1 && state == 'Z') {
      // Its first thread has ended, and others run (pthread_exit(3)).
      state = 'S';
    }
    fields.skip(1);
    long start = fields.next();
    String name = new String(stat, open + 1, close - open - 1, StandardCharsets.UTF_8);
    return new ProcessInfo(new ProcessId(pid, start), state, parent, group, session, name);
  }

  /** Numbers with a space between them. */
  private static final class Fields {
    private final byte[] text;
    private int at;

    Fields(byte[] text, int at) {
      this.text = text;
      this.at = at;
    }

    long next() {
      boolean negative = text[at] == '-';
      long value = 0;
      for (at += negative ? 1 : 0; at < text.length && text[at] > ' '; at++) {
        value = value * 10 + text[at] - '0';
      }
      at++;
      return negative ? -value : value;
    }

    void skip(int count) {
      for (int i = 0; i < count; i++) {
        next();
      }
    }
  }
}
