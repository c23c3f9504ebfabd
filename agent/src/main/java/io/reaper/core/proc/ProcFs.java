package io.reaper.core.proc;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads /proc; what that says of this JVM alone is read by {@link OwnProc}. A process that ends
 * while it is read is simply absent.
 */
public class ProcFs {
  /** More than 52 numbers of 64 bits and a name need (proc(5)). */
  static final int LONGEST_STAT = 1536;

  static final String ROOT = "/proc";

  /** What this process has open as its standard input, to be opened anew. */
  public static final String STANDARD_INPUT = "/proc/self/fd/0";

  private final String root;
  private final AtomicInteger failedLooks = new AtomicInteger();

  /** Creates a reader of the kernel's own /proc. */
  public ProcFs() {
    this(ROOT);
  }

  /** Creates a reader of a /proc elsewhere. */
  protected ProcFs(String root) {
    this.root = root;
  }

  /** Returns a reader that finds no process, for where the meaning of its numbers is not known. */
  public static ProcFs blind() {
    return new ProcFs("/dev/null");
  }

  /** Whether a process can be named by its pid and its start time. */
  public boolean tellsStartTimes() {
    return true;
  }

  /** Returns what /proc says of the process of that number beside what {@link #read} does. */
  public ProcessDetails details(int pid) {
    return new ProcessDetails(root + "/" + pid, this);
  }

  /** Returns what /proc says of this JVM alone. */
  public OwnProc own() {
    return new OwnProc(root);
  }

  /** Returns what the numbers and start times of this /proc are of. */
  public NumberSpace numberSpace() {
    return new NumberSpace(root);
  }

  /** Returns this JVM's pid. ProcessHandle would start the JDK's machinery for children. */
  public int self() {
    byte[] stat = OwnProc.bytes(root + "/self/stat");
    return stat == null ? (int) ProcessHandle.current().pid() : OwnProc.leadingNumber(stat);
  }

  /**
   * Whether anything can be looked at now. Without a free descriptor (open(2), EMFILE) every look
   * finds no process, and says nothing of what is there.
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

  /** Returns this JVM as its first thread tells, whose file qemu-user does not make up. */
  public ProcessInfo me() {
    int self = self();
    return read(self, self + "/task/" + self);
  }

  /** Returns the process of that number, or null if there is none. */
  public ProcessInfo read(int pid) {
    return read(pid, Integer.toString(pid));
  }

  private ProcessInfo read(int pid, String directory) {
    String file = root + "/" + directory + "/stat";
    for (int tries = 1; ; tries++) {
      byte[] stat = new byte[LONGEST_STAT];
      try (FileInputStream in = new FileInputStream(file)) {
        // In one call, as the kernel makes the whole line anew for each.
        return in.read(stat) <= 0 ? null : Stat.parse(pid, stat);
      } catch (IOException refused) {
        if (FailedLook.isOver(file, tries, this)) {
          return null;
        }
      }
    }
  }

  /** Returns what that file holds, or null if it cannot be read. */
  byte[] bytes(String file) {
    for (int tries = 1; ; tries++) {
      byte[] bytes = OwnProc.bytes(file);
      if (bytes != null || FailedLook.isOver(file, tries, this)) {
        return bytes;
      }
    }
  }

  /** Returns the names in that directory; none if it cannot be read. */
  String[] names(String directory) {
    for (int tries = 1; ; tries++) {
      String[] names = new File(directory).list();
      if (names != null || FailedLook.isOver(directory, tries, this)) {
        return names == null ? new String[0] : names;
      }
    }
  }

  void lookHasFailed() {
    failedLooks.incrementAndGet();
  }

  /**
   * Returns how many looks have failed so far (open(2), EMFILE): what was to be looked at was
   * there. A search in which one has failed says nothing of what it has not found.
   */
  public int failedLooks() {
    return failedLooks.get();
  }

  /** Whether that very process still runs: the same start time, and not a zombie. */
  public boolean isAlive(ProcessId id) {
    ProcessInfo info = read(id.pid());
    return info != null && isRunning(info, id);
  }

  private static boolean isRunning(ProcessInfo info, ProcessId id) {
    return info.id().equals(id) && !info.isZombie();
  }

  /**
   * Whether that very process is not to be seen running: it is a zombie, or its number is
   * another's, or is not shown. Unlike {@link #isAlive}, this takes a look that failed, as without
   * a free descriptor, for no answer: stat(2) needs none.
   */
  public boolean isUnseen(ProcessId id) {
    ProcessInfo info = read(id.pid());
    return info == null ? !isShown(id.pid()) : !isRunning(info, id);
  }

  /** Whether it is not even a zombie; a look that failed is no answer to this, either. */
  public boolean isGone(ProcessId id) {
    ProcessInfo info = read(id.pid());
    return info == null ? !isShown(id.pid()) : !info.id().equals(id);
  }

  private boolean isShown(int pid) {
    return new File(root + "/" + pid + "/stat").exists();
  }

  /** Whether it certainly runs no more: where /proc hides processes, not to be seen is no proof. */
  public boolean isDead(ProcessId id) {
    ProcessInfo info = read(id.pid());
    return info == null ? isFree(id.pid()) : !isRunning(info, id);
  }

  /** Whether there is certainly no process of that number, not even a zombie. */
  public boolean isFree(int pid) {
    return new HiddenProcesses(root).areNone(pid);
  }

  /** Returns what tells of that process's death, or null if it is not to be seen. */
  public HeldStat hold(ProcessId id) {
    return HeldStat.of(root, id);
  }

  /** Returns those of these processes that are there, under their very names. */
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

  /** Returns every process that there is. */
  public Snapshot snapshot() {
    List<ProcessInfo> processes = new ArrayList<>();
    for (String name : names(root)) {
      ProcessInfo info = Character.isDigit(name.charAt(0)) ? read(Integer.parseInt(name)) : null;
      if (info != null) {
        processes.add(info);
      }
    }
    return new Snapshot(processes);
  }

  /**
   * Returns the children of this JVM, adopted ones and zombies included. Each thread has its own in
   * /proc/self/task/TID/children; without CONFIG_PROC_CHILDREN every process is looked at.
   */
  public List<ProcessInfo> children(int self) {
    return childrenBut(Set.of(), self);
  }

  /** Returns those of its children whose numbers are none of these. */
  public List<ProcessInfo> childrenBut(Set<Integer> known, int self) {
    List<Integer> children = childrenOf("self", "");
    if (children != null) {
      children.removeAll(known);
      return readEach(children, self);
    }
    List<ProcessInfo> others = new ArrayList<>(snapshot().childrenOf(self));
    others.removeIf(child -> known.contains(child.pid()));
    return others;
  }

  /**
   * Returns the numbers of those children of this JVM that are listed and cannot be looked at:
   * another user's, where /proc hides those (proc(5), hidepid).
   */
  public List<Integer> hiddenChildren() {
    return ListedChildren.hidden(this);
  }

  /** Returns the numbers, but that thread's, or null where the kernel does not list them. */
  List<Integer> childrenOf(String process, String butOf) {
    List<Integer> children = new ArrayList<>();
    boolean listed = false;
    for (String thread : names(root + "/" + process + "/task")) {
      byte[] line = bytes(root + "/" + process + "/task/" + thread + "/children");
      if (line != null && !thread.equals(butOf)) {
        listed = true;
        children.addAll(Stat.numbers(line));
      }
    }
    return listed ? children : null;
  }

  /** Reads those that have that parent: a number in the list may be another process's by now. */
  List<ProcessInfo> readEach(List<Integer> pids, int parent) {
    List<ProcessInfo> processes = new ArrayList<>();
    for (int pid : pids) {
      ProcessInfo info = read(pid);
      if (info != null && info.parent() == parent) {
        processes.add(info);
      }
    }
    return processes;
  }

  /** Returns the living descendants of these processes; of one that ends meanwhile, none. */
  public List<ProcessInfo> descendantsOf(Collection<ProcessInfo> ancestors) {
    return ListedChildren.below(ancestors, this);
  }

  /** Whether the kernel lists children (proc(5), CONFIG_PROC_CHILDREN). */
  public boolean listsChildren() {
    return new File(root + "/self/task/" + self() + "/children").exists();
  }

  /**
   * Returns the youngest that this process has adopted, the last one first: orphans come to the
   * first thread (prctl(2), PR_SET_CHILD_SUBREAPER), each to the end of its line. It takes one
   * read, and one for each, before it can have forked again.
   */
  public List<ProcessInfo> youngestAdopted(int adopter, int most) {
    return ListedChildren.youngest(adoptedBy(adopter), adopter, most, this);
  }

  /**
   * Returns the numbers of the first thread's children, the only ones that can have been adopted,
   * or null where the kernel does not list them.
   */
  public List<Integer> adoptedBy(int process) {
    byte[] line = bytes(root + "/" + process + "/task/" + process + "/children");
    return line == null ? null : Stat.numbers(line);
  }

  /** Returns where a caller remembers {@link ProcessDetails#softLimitOnLocks} of processes. */
  public Map<ProcessId, Long> limitsOnLocks() {
    return new HashMap<>();
  }
}
