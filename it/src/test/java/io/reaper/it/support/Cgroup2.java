package io.reaper.it.support;

import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The cgroup v2 hierarchy of this machine, as /proc tells of it (cgroups(7)). */
public final class Cgroup2 {

  private Cgroup2() {}

  /** The path of a process in the hierarchy; empty when there is none, or the process is gone. */
  public static String of(Proc proc) {
    try {
      return Files.readAllLines(Path.of("/proc", String.valueOf(proc.pid()), "cgroup")).stream()
          .filter(line -> line.startsWith("0::"))
          .map(line -> line.substring(3))
          .findFirst()
          .orElse("");
    } catch (IOException gone) {
      return "";
    }
  }

  /** The directory of the cgroup that a process is in. */
  public static Path directoryOf(Proc proc) {
    return Path.of(mount().orElseThrow() + of(proc));
  }

  public static boolean isMounted() {
    return mount().isPresent();
  }

  /** Whether a leaf may be made below this process's cgroup, and entered. */
  public static boolean isWritable() {
    if (!isMounted() || of(Proc.self()).isEmpty()) {
      return false;
    }
    Path above = directoryOf(Proc.self());
    Path leaf = above.resolve("reaper-it-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(leaf);
      boolean writable =
          Files.isWritable(leaf.resolve("cgroup.kill"))
              && Files.isWritable(leaf.resolve("cgroup.procs"))
              && Files.isWritable(above.resolve("cgroup.procs"));
      Files.delete(leaf);
      return writable;
    } catch (IOException refused) {
      return false;
    }
  }

  private static Optional<String> mount() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
          .map(line -> line.split(" "))
          .filter(fields -> fields[2].equals("cgroup2"))
          .map(fields -> fields[1])
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
