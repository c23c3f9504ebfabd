package io.reaper.core.contain;

import io.reaper.core.options.Option;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Selects every process in a cgroup v2 leaf of the worker's own. Membership is inherited at fork
 * and nothing that a process does to itself shakes it off; {@code cgroup.kill} (Linux 5.14) ends
 * all of them at once, those that are being forked too (cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst).
 */
public final class Cgroup implements Mode {
  /** A member is gone milliseconds after its SIGKILL, or it is not to be killed at all. */
  private static final long REMOVAL_MILLIS = 2000;

  /** More are of something that forks faster than it can be moved out. */
  private static final int MOST_KEPT = 10_000;

  private static final String PREFIX = "reaper-";

  private final File leaf;

  /** Creates the mode for that directory of the cgroup2 file system. */
  public Cgroup(File leaf) {
    this.leaf = leaf;
  }

  /** Returns the leaf that this worker has made; throws if no agent has made one of that name. */
  public static Cgroup of(String leaf, ProcessId worker) throws IOException {
    File directory = new File(leaf);
    if (!directory.isAbsolute() || !directory.getName().equals(PREFIX + worker.name())) {
      throw new IOException(leaf + " is no cgroup that this worker has made");
    }
    return new Cgroup(directory);
  }

  /** Makes a leaf below the worker's cgroup and moves the worker in. */
  static Cgroup enter(File parent, ProcessId worker) throws IOException {
    if (parent == null) {
      throw new IOException("no cgroup v2 hierarchy is mounted here");
    }
    // With the start time, as the pid alone may be that of a dead worker, not swept up yet.
    String name = PREFIX + worker.name();
    if (parent.getName().equals(name)) {
      // This very process has entered it, before it was restarted by execve(2).
      return new Cgroup(parent);
    }
    File leaf = new File(parent, name);
    if (!new File(parent, "cgroup.procs").exists()) {
      throw new IOException(parent + " is no cgroup v2 directory");
    }
    if (!leaf.mkdir()) {
      throw new IOException("mkdir " + leaf + " was refused");
    }
    Cgroup cgroup = new Cgroup(leaf);
    try {
      if (!new File(leaf, "cgroup.kill").exists()) {
        throw new IOException("this kernel has no cgroup.kill (Linux 5.14)");
      }
      write(new File(leaf, "cgroup.procs"), worker.pid());
    } catch (IOException refused) {
      leaf.delete();
      throw refused;
    }
    return cgroup;
  }

  /** Enters a leaf and leaves it again; throws, with the reason in words, if none is available. */
  public static void tryOut(File parent, ProcessId caller)
      throws IOException, InterruptedException {
    enter(parent, caller).close(caller.pid());
  }

  /** Removes the empty leaves of workers that were killed before they had a sentinel to do it. */
  static void removeEmpty(File parent, ProcFs proc) {
    for (File leaf : directories(parent)) {
      ProcessId worker = ProcessId.parse(leaf.getName(), PREFIX, "");
      if (worker != null && !proc.isAlive(worker)) {
        leaf.delete();
      }
    }
  }

  @Override
  public String key() {
    return Option.CGROUP.key();
  }

  @Override
  public boolean looksBeyondChildren() {
    return true;
  }

  @Override
  public void select(
      Snapshot all, WorkerFacts kin, Collection<ProcessId> found, Map<ProcessId, String> selected) {
    Set<Integer> members;
    try {
      members = members();
    } catch (IOException unseen) {
      throw new UncheckedIOException(unseen);
    }
    for (ProcessInfo process : all.processes()) {
      if (members.contains(process.pid())) {
        selected.putIfAbsent(process.id(), "member of cgroup " + leaf.getName());
      }
    }
  }

  @Override
  public Set<Integer> members() throws IOException {
    Set<Integer> members = new HashSet<>();
    if (isThere()) {
      addMembers(leaf, members);
    }
    return members;
  }

  /**
   * Whether the leaf is there; if it is not, it has been removed, which the kernel allows only when
   * no process is left in it. Throws where no cgroups are mounted, and it cannot be told.
   */
  private boolean isThere() throws IOException {
    File there = leaf;
    while (there != null && !there.isDirectory()) {
      there = there.getParentFile();
    }
    if (there == null || !new File(there, "cgroup.procs").exists()) {
      throw new IOException(leaf + " cannot be seen, as no cgroup v2 is mounted there");
    }
    return there == leaf;
  }

  /** Adds the pids of all members; throws if one may be missing. */
  private static void addMembers(File directory, Set<Integer> members) throws IOException {
    try {
      for (String pid : Files.readAllLines(new File(directory, "cgroup.procs").toPath())) {
        members.add(Integer.parseInt(pid));
      }
      File[] directories = directory.listFiles(File::isDirectory);
      if (directories == null) {
        throw new IOException(directory + " cannot be listed");
      }
      for (File below : directories) {
        addMembers(below, members);
      }
    } catch (IOException unread) {
      // It may have been removed meanwhile. What is in a threaded cgroup is listed in the domain
      // above it (cgroups(7), "Thread mode").
      if (directory.isDirectory() && !isThreaded(directory)) {
        throw unread;
      }
    }
  }

  private static boolean isThreaded(File directory) {
    try {
      return Files.readString(new File(directory, "cgroup.type").toPath()).startsWith("threaded");
    } catch (IOException untold) {
      return false;
    }
  }

  /** Returns true, as a process comes into the leaf only by birth. */
  @Override
  public boolean provesOrphans() {
    return true;
  }

  @Override
  public boolean killsInOneStroke() {
    return true;
  }

  @Override
  public void killInOneStroke(int self, Kept kept) throws IOException {
    if (!isThere()) {
      return;
    }
    if (isMember(self)) {
      leave(self);
    }
    Set<Integer> out = new HashSet<>();
    // What is kept may fork until it is out itself, and that child is a member.
    for (Set<Integer> in = kept.look(); !out.containsAll(in); in = kept.look()) {
      if (out.size() > MOST_KEPT) {
        throw new IOException("what is to be kept there forks all the time");
      }
      letAllOut(in);
      out.addAll(in);
    }
    write(new File(leaf, "cgroup.kill"), 1);
  }

  private void letAllOut(Collection<Integer> kept) throws IOException {
    for (int pid : kept) {
      try {
        leave(pid);
      } catch (IOException refused) {
        // It has ended; or there may be no process in the cgroup above (cgroups(7), "no internal
        // processes").
        if (isMember(pid)) {
          throw refused;
        }
      }
    }
  }

  /** Whether a process is in the leaf; throws if that cannot be told. */
  private boolean isMember(int pid) throws IOException {
    return members().contains(pid);
  }

  /** Moves a process into the leaf; returns whether it was there to be moved. */
  boolean take(int pid) {
    try {
      write(new File(leaf, "cgroup.procs"), pid);
      return true;
    } catch (IOException ended) {
      return false;
    }
  }

  /** Moves a process that is not the worker's out again, unless it has ended. */
  void letOut(int pid) {
    try {
      leave(pid);
    } catch (IOException ended) {
      // Then no process has that number.
    }
  }

  /** Moves a process to where the worker was before. */
  private void leave(int pid) throws IOException {
    write(new File(leaf.getParentFile(), "cgroup.procs"), pid);
  }

  /** Removes the leaf, whose members have been killed or moved out; the worker leaves it now. */
  public void close(int self) throws IOException, InterruptedException {
    if (isMember(self)) {
      leave(self);
    }
    long deadline = System.nanoTime() + REMOVAL_MILLIS * 1_000_000;
    // A member that was killed counts until it has left the kernel: rmdir is refused meanwhile.
    while (leaf.isDirectory() && !remove(leaf)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("rmdir " + leaf + " was refused");
      }
      Thread.sleep(1);
    }
  }

  /** Removes the leaf unless it has members that are to live; the worker leaves it now. */
  void leaveBehind(int self) {
    try {
      if (isMember(self)) {
        leave(self);
      }
    } catch (IOException refused) {
      // It stays a member, with which the kernel does not remove the leaf.
    }
    leaf.delete();
  }

  private static boolean remove(File directory) {
    for (File below : directories(directory)) {
      remove(below);
    }
    return directory.delete();
  }

  private static File[] directories(File directory) {
    File[] directories = directory.listFiles(File::isDirectory);
    return directories == null ? new File[0] : directories;
  }

  /** Returns the directory of the leaf. */
  public File leaf() {
    return leaf;
  }

  private static void write(File file, int number) throws IOException {
    try (FileOutputStream out = new FileOutputStream(file)) {
      out.write(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
    }
  }
}
