package io.reaper.it.scenario;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A worker whose processes do all they can to hide, and which ends the way it is told. They are
 * known by their command lines: in a PID namespace of its own, what a process takes for its pid is
 * another's outside.
 */
public final class Hiding {

  /** Each is one process, but for the forker: that one is found by {@link #isForking}. */
  public static final List<String> HIDERS =
      List.of("CHILD", "SETSID", "DOUBLE_FORKED", "ENVIRONMENT_CLEARED", "END_OF_CHAIN");

  /** Each generation of the forker lives long enough to be found. */
  public static final String FORKER_WITH_PAUSES = "sleep 0.05";

  /** No generation of the forker lives for longer than it takes to start the next. */
  public static final String RESTLESS_FORKER = ":";

  private static final String SCRIPT = "hide";
  private static final String CHAIN = "chain";
  private static final String FORKER = "forker";
  private static final String HEARTBEATS = "heartbeats";

  private Hiding() {}

  public static void main(String[] args) throws Exception {
    Path dir = Path.of(args[0]).getParent();
    new ProcessBuilder("sh", script(dir).toString(), args[1], args[2]).start();
    Worker.report(Path.of(args[0]), Worker.SELF, ProcessHandle.current().pid());
    Ending.obey();
  }

  /**
   * Path of a script that starts all of them: its arguments are the length of the chain, and what
   * the forker does between two forks.
   */
  public static Path script(Path dir) {
    try {
      for (String name : HIDERS) {
        sleeper(dir, name);
      }
      // It ends with its directory, however fast it is.
      Files.writeString(
          dir.resolve(FORKER),
          "echo >> \"${0%/*}/"
              + HEARTBEATS
              + "\"; $1; [ -e \"$0\" ] && sh \"$0\" \"$1\" & exit 0\n");
      Files.writeString(
          dir.resolve(CHAIN),
          """
          [ "$1" -gt 0 ] || exec "${0%/*}/END_OF_CHAIN" 1000
          sh "$0" $(($1 - 1)) &
          wait
          """);
      return Files.writeString(
          dir.resolve(SCRIPT),
          """
          here=${0%/*}
          "$here/CHILD" 1000 &
          setsid "$here/SETSID" 1000 &
          (setsid sh -c '"$0/DOUBLE_FORKED" 1000 & exit 0' "$here" &)
          (env -i setsid sh -c '"$0/ENVIRONMENT_CLEARED" 1000 & exit 0' "$here" &)
          sh "$here/chain" "$1" &
          sh "$here/forker" "$2" &
          read -r order && exit "$order"
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Path of an executable that sleeps for as many seconds as its argument says. */
  public static Path sleeper(Path dir, String name) throws IOException {
    return Files.createSymbolicLink(dir.resolve(name), Path.of("/bin/sleep"));
  }

  /** Returns what was started through the {@link #sleeper} of that name, and is alive. */
  public static List<Proc> named(Path dir, String name) {
    String start = dir.resolve(name) + " ";
    return Proc.withCommand(start)
        .filter(proc -> proc.commandLine().startsWith(start))
        .filter(Proc::isAlive)
        .collect(Collectors.toList());
  }

  /** Whether all of them are there. */
  public static boolean areAll(Path dir) {
    return HIDERS.stream().allMatch(name -> named(dir, name).size() == 1) && isForking(dir);
  }

  /** Returns what has the worker's directory on its command line, and is alive. */
  public static List<Proc> alive(Path dir) {
    return Proc.withCommand(dir.toString()).filter(Proc::isAlive).collect(Collectors.toList());
  }

  /** Whether the forker still leaves signs of life: it is seldom caught alive itself. */
  public static boolean isForking(Path dir) {
    long before = beats(dir);
    for (int look = 0; look < 30; look++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      if (beats(dir) > before) {
        return true;
      }
    }
    return false;
  }

  private static long beats(Path dir) {
    return dir.resolve(HEARTBEATS).toFile().length();
  }
}
