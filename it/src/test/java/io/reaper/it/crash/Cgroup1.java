package io.reaper.it.crash;

import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A cgroup v1 of one controller (cgroups(7)), which takes something away from a worker, from
 * whatever that starts, and from its sentinel. Closing it kills its members.
 */
record Cgroup1(Path directory) implements AutoCloseable {

  private static final int LAST_ROUND = 500;

  /** Whether this user may make one for that controller. */
  static boolean isWritable(String controller) {
    return Files.isWritable(root(controller).resolve("cgroup.procs"));
  }

  static Cgroup1 create(String controller) throws IOException {
    return new Cgroup1(Files.createTempDirectory(root(controller), "reaper-it-"));
  }

  private static Path root(String controller) {
    return Path.of("/sys/fs/cgroup", controller);
  }

  /** Starts the worker in this one. */
  Launch around(Launch launch) {
    String enter = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
    return launch.under("sh", "-c", enter, directory.toString());
  }

  void set(String file, Object value) throws IOException {
    Files.writeString(directory.resolve(file), value + "\n");
  }

  long get(String file) throws IOException {
    return Long.parseLong(Files.readString(directory.resolve(file)).strip());
  }

  private List<Proc> members() throws IOException {
    return Files.readAllLines(directory.resolve("cgroup.procs")).stream()
        .flatMap(pid -> Proc.of(Long.parseLong(pid)).stream())
        .toList();
  }

  @Override
  public void close() {
    try {
      for (int round = 0; !directory.toFile().delete() && round < LAST_ROUND; round++) {
        Proc.signal("KILL", members());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
