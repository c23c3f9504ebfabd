package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A directory that looks like /proc, with those processes in it that a test puts there. */
public final class FakeProc {
  private final Path root;

  /** An empty one. */
  public FakeProc(Path root) {
    this.root = root;
    // As on a machine where all are to be seen.
    write("self/mountinfo", "21 1 0:20 / " + root + " rw - proc proc rw").directory(ProcessId.INIT);
  }

  /** Its reader. */
  public ProcFs reader() {
    return new ProcFs(root.toString());
  }

  /** From now on it is mounted with that option, as {@code hidepid=invisible}. */
  public FakeProc hiding(String option) {
    return write(
        "self/mountinfo",
        "21 1 0:20 / " + root + " rw - proc proc rw",
        "22 1 0:20 / /elsewhere rw - proc proc rw",
        "23 1 0:21 / " + root + " rw,relatime - proc proc rw,gid=4," + option);
  }

  private FakeProc directory(int pid) {
    try {
      Files.createDirectories(root.resolve(Integer.toString(pid)));
      return this;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** Puts processes there, or changes them. */
  public FakeProc with(ProcessInfo... processes) {
    for (ProcessInfo process : processes) {
      writeStat(process, -1);
    }
    return this;
  }

  /** A line of proc(5), /proc/PID/stat. */
  static String stat(ProcessInfo process, int foregroundGroup) {
    return "%d (%s) %c %d %d %d 34816 %d 4194304 1 2 3 4 5 6 7 8 20 0 1 0 %d 2621440 200 1 0 0\n"
        .formatted(
            process.pid(),
            process.name(),
            process.state(),
            process.parent(),
            process.group(),
            process.session(),
            foregroundGroup,
            process.id().start());
  }

  /** A process with a terminal. */
  public FakeProc onTerminal(ProcessInfo process, int foregroundGroup) {
    return writeStat(process, foregroundGroup);
  }

  private FakeProc writeStat(ProcessInfo process, int foregroundGroup) {
    String stat = stat(process, foregroundGroup);
    int pid = process.pid();
    return write(pid + "/stat", stat).write(pid + "/task/" + pid + "/stat", stat);
  }

  /** This JVM. */
  public FakeProc self(ProcessInfo process) {
    write("self/stat", stat(process, -1));
    return with(process);
  }

  /** What a thread of this JVM has forked or adopted. */
  public FakeProc children(int thread, Integer... pids) {
    return write(
        "self/task/" + thread + "/children",
        Stream.of(pids).map(pid -> pid + " ").collect(Collectors.joining()));
  }

  /** What another process has forked or adopted. */
  public FakeProc childrenOf(int pid, Integer... pids) {
    return write(
        pid + "/task/" + pid + "/children",
        Stream.of(pids).map(child -> child + " ").collect(Collectors.joining()));
  }

  /** What another thread of that process than the first has forked. */
  public FakeProc forkedBy(int pid, Integer... pids) {
    return write(
        pid + "/task/" + (pid + 1) + "/children",
        Stream.of(pids).map(child -> child + " ").collect(Collectors.joining()));
  }

  /** The environment that a process was started with. */
  public FakeProc environment(int pid, String... entries) {
    return write(pid + "/environ", String.join("\0", entries) + "\0");
  }

  /** The soft limit on file locks that a process has. */
  public FakeProc locks(int pid, String soft) {
    return write(
        pid + "/limits",
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max locked memory         8388608              8388608              bytes     ",
        "Max file locks            %-20s unlimited            locks     ".formatted(soft),
        "Max pending signals       95970                95970                signals   ",
        "");
  }

  /** The soft limit on its resident set that a process has. */
  public FakeProc residentSet(int pid, long soft) {
    return write(
        pid + "/limits",
        "Max resident set          %-20d unlimited            bytes     ".formatted(soft),
        "");
  }

  /** The executable that a process runs. */
  public FakeProc executable(int pid, String path) {
    return link(pid + "/exe", path);
  }

  /** A file that a process has open. */
  public FakeProc descriptor(int pid, int number, String path) {
    return link(pid + "/fd/" + number, path);
  }

  /** Any other link. */
  public FakeProc link(String file, String to) {
    try {
      Files.createDirectories(root.resolve(file).getParent());
      Files.createSymbolicLink(root.resolve(file), Path.of(to));
      return this;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** A process that is gone. */
  public void remove(int pid) {
    try (Stream<Path> files = Files.walk(root.resolve(pid + ""))) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** Files that are there and cannot be opened, as without a free descriptor, until rewritten. */
  public FakeProc refuse(String... files) {
    try {
      for (String file : files) {
        Files.deleteIfExists(root.resolve(file));
        Files.createDirectories(root.resolve(file));
      }
      return this;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** One child of a process has died, and another has come that cannot be looked at. */
  public FakeProc changeOfChildren(int parent, int dead, int unseen) {
    remove(dead);
    with(Processes.process(unseen, parent)).children(parent, unseen);
    return refuse("self/stat", unseen + "/stat");
  }

  /** Any other file. */
  public FakeProc write(String file, String... lines) {
    try {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      if (Files.isDirectory(path)) {
        Files.delete(path);
      }
      Files.write(path, String.join("\n", List.of(lines)).getBytes(StandardCharsets.UTF_8));
      return this;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }
}
