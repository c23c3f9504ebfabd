package io.reaper.it.scenario;

import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Processes that have nothing to do with a worker but to stand beside it. Each writes down every
 * signal that it gets, and has a child and an orphan from before the worker and of each one more
 * from later; all live until they are told to end, and say that they have lived to do so.
 */
public final class Innocents {

  private static final String SCRIPT = "innocent";
  private static final String LATER = "later";
  private static final String OVER = "over";
  private static final String SIGNALS = "signals";
  private static final String ENDED = "ended";

  /** What an innocent called COLLECTOR makes of its standard input when it is told to end. */
  private static final String COLLECTED = "collected";

  private static final List<String> FROM_BEFORE = List.of("", "_CHILD", "_ORPHAN");
  private static final List<String> FROM_LATER = List.of("_LATE_CHILD", "_LATE_ORPHAN");

  private final Path dir;
  private final List<String> names;

  /** Those of these names, of which scripts in that directory start each. */
  public Innocents(Path dir, String... names) {
    this.dir = dir;
    this.names = List.of(names);
    // KILL and STOP cannot be caught, CHLD is of children, and 32 and 33 are the C library's own.
    String script =
        """
        here=${0%/*}
        for s in {1..64}; do
          case $s in
            9|17|19|32|33) ;;
            *) trap "echo $1 $s >> '$here/signals'" $s ;;
          esac
        done 2>/dev/null
        nap() { read -r -t 0.05 _ <> "$here/nothing"; }
        echo "$1 $$" >> "$here/report"
        case $1 in
          *_*) ;;
          *)
            bash "$0" "$1_CHILD" &
            (bash "$0" "$1_ORPHAN" &)
            until [ -e "$here/later" ]; do nap; done
            bash "$0" "$1_LATE_CHILD" &
            (bash "$0" "$1_LATE_ORPHAN" &)
            ;;
        esac
        until [ -e "$here/over" ]; do nap; done
        [ "$1" != COLLECTOR ] || while read -r line; do echo "$line"; done > "$here/collected"
        echo "$1" >> "$here/ended"
        """;
    try {
      Files.writeString(dir.resolve(SCRIPT), script);
      new ProcessBuilder("mkfifo", dir.resolve("nothing").toString()).start().waitFor();
      letAnybodyWriteIn(SIGNALS, ENDED, "report", "nothing");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** As one of them may run as another user. No other may change the directory itself. */
  private void letAnybodyWriteIn(String... files) throws IOException {
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String file : files) {
      Path path = dir.resolve(file);
      if (!Files.exists(path)) {
        Files.createFile(path);
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    }
  }

  /** Whether those from before are there. */
  public boolean areThere(Worker worker) {
    return found(worker, FROM_BEFORE).size() == names.size() * FROM_BEFORE.size();
  }

  /** Lets each start those from later. */
  public void goOn() throws IOException {
    Files.createFile(dir.resolve(LATER));
  }

  /** Whether those from later are there, too. */
  public boolean areAllThere(Worker worker) {
    return areThere(worker) && found(worker, FROM_LATER).size() == names.size() * FROM_LATER.size();
  }

  /** All that have been seen so far, dead or alive. */
  public List<Proc> all(Worker worker) {
    List<Proc> all = new ArrayList<>(found(worker, FROM_BEFORE));
    all.addAll(found(worker, FROM_LATER));
    return all;
  }

  private List<Proc> found(Worker worker, List<String> endings) {
    return names.stream()
        .flatMap(name -> endings.stream().map(name::concat))
        .flatMap(name -> worker.reported(name).stream())
        .collect(Collectors.toList());
  }

  /** Each of that ending, such as {@code _LATE_ORPHAN}. */
  public List<Proc> of(Worker worker, String ending) {
    return found(worker, List.of(ending));
  }

  /** Lets all end. */
  public void end() throws IOException {
    Files.createFile(dir.resolve(OVER));
  }

  /** Whether all have ended of their own will. */
  public boolean haveEnded() {
    return lines(ENDED).size() == names.size() * (FROM_BEFORE.size() + FROM_LATER.size());
  }

  /** The signals that they got: a name and a number a line. */
  public List<String> signals() {
    return lines(SIGNALS);
  }

  /** What came to the collector. */
  public List<String> collected() {
    return lines(COLLECTED);
  }

  private List<String> lines(String file) {
    try (Stream<String> lines = Files.lines(dir.resolve(file))) {
      return lines.collect(Collectors.toList());
    } catch (IOException none) {
      return List.of();
    }
  }
}
