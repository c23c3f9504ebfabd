package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A worker that does what the lines on its standard input say, the last of which ends it. */
public final class ObeyingWorker {

  /** The name of what a {@code look} reports: what the worker's own JVM shows it. */
  public static final String VISIBLE_CHILD = "VISIBLE_CHILD";

  public static final String VISIBLE_DESCENDANT = "VISIBLE_DESCENDANT";

  /** Reports the worker once more, after a look. */
  public static final String LOOKED = "LOOKED";

  /** What {@code sleep} starts. */
  public static final String SLEEPER = "SLEEPER";

  /** What the names of the worker's own files begin with, before their number. */
  public static final String OWN_FILE = "own-";

  private static final int MANY_FILES = 20;

  private final Path report;
  private final String leaf;
  private final List<FileInputStream> leaked = new ArrayList<>();
  private final List<FileOutputStream> files = new ArrayList<>();

  private ObeyingWorker(Path report) {
    this.report = report;
    this.leaf = Worker.leaf(report.getParent()).toString();
  }

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    ObeyingWorker puppet = new ObeyingWorker(report);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    String order = in.readLine();
    while (order != null && puppet.does(order)) {
      order = in.readLine();
    }
    Ending.obey(order);
  }

  private boolean does(String order) throws Exception {
    String name = order.substring(order.indexOf(' ') + 1);
    switch (order.split(" ")[0]) {
      case "spawn" -> spawn(name);
      case "spawn-interrupted" -> {
        Thread.currentThread().interrupt();
        spawn(name);
        System.out.println("interrupted: " + Thread.interrupted());
      }
      case "grandchild" ->
          new ProcessBuilder("sh", "-c", "sh \"$0\" \"$1\" & wait", leaf, name).start();
      case "setsid-grandchild" ->
          new ProcessBuilder("sh", "-c", "setsid sh \"$0\" \"$1\" & wait", leaf, name).start();
      case "hide-and-kill" -> hideAndKill(name);
      case "keep-below" ->
          new ProcessBuilder(
                  "/bin/sh", "-c", "REAPER_KEEP=true /bin/sh \"$0\" \"$1\" & wait", leaf, name)
              .start();
      case "keep-unset" -> keepUnset(name);
      case "program" ->
          Worker.report(
              report, name, new ProcessBuilder(System.getenv("PROGRAM"), "1000").start().pid());
      case "sleep" ->
          Worker.report(report, SLEEPER, new ProcessBuilder("sleep", "10000").start().pid());
      case "try" -> tryToStart();
      case "spawn-unheld" -> spawnUnheld(name);
      case "status" ->
          System.out.println(new ProcessBuilder("sh", "-c", "exit 7").start().waitFor());
      case "keep-starting" -> {
        startAllTheTime(name);
        startAllTheTime(name);
      }
      case "look" -> look();
      case "use-up-descriptors" -> useUpDescriptors();
      case "start-without-descriptors" -> startWithoutDescriptors();
      case "spawn-late" -> spawnWithDescriptorsOfTheLastMoment(name);
      case "restart" -> NativeSpawns.restart();
      case "change-user" -> NativeSpawns.changeUser();
      case "close-pipes" -> NativeSpawns.close("pipe:");
      case "exchange" -> exchange(name);
      case "write" -> write(name);
      case "nuprocess" -> NativeSpawns.nuProcess("/bin/sh", leaf, name);
      case "posix_spawn" -> NativeSpawns.posixSpawn("/bin/sh", leaf, name);
      default -> {
        return false;
      }
    }
    return true;
  }

  // Whatever PATH the worker itself may have.
  private void spawn(String name) throws IOException {
    ProcessBuilder child = new ProcessBuilder("/bin/sh", leaf, name);
    child.environment().put("PATH", "/usr/bin:/bin");
    child.start();
  }

  // A child that is given the mark, and does not show it.
  private void keepUnset(String name) throws IOException {
    String script = "unset REAPER_KEEP; exec /bin/sh \"$0\" \"$1\"";
    ProcessBuilder child = new ProcessBuilder("/bin/sh", "-c", script, leaf, name);
    child.environment().put("REAPER_KEEP", "true");
    child.start();
  }

  /** Starts a program that ends at once, or cannot. */
  private static void tryToStart() throws InterruptedException {
    try {
      new ProcessBuilder("true").start().waitFor();
    } catch (IOException | OutOfMemoryError refused) {
      System.err.println(refused);
    }
    System.out.println("tried");
  }

  // There is a process slot for the child, and none for the thread that is to wait for it.
  private void spawnUnheld(String name) {
    try {
      spawn(name);
      System.out.println("held");
    } catch (IOException noSlot) {
      System.out.println("refused");
    } catch (OutOfMemoryError noThread) {
      System.out.println("unheld");
    }
  }

  // Tells of a start that fails, unless there is no such program.
  private static void startAllTheTime(String program) {
    Thread thread =
        new Thread(
            () -> {
              while (true) {
                try {
                  new ProcessBuilder(program).start().waitFor();
                } catch (IOException refused) {
                  if (!refused.getMessage().matches("(?s).*error[=:] ?2\\b.*")) {
                    System.out.println(refused.getMessage());
                  }
                } catch (InterruptedException ended) {
                  return;
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  // As a server does that leaks a connection for each request.
  /** Tries to start a process in vain, and closes all again. */
  private void startWithoutDescriptors() throws IOException {
    useUpDescriptors();
    try {
      new ProcessBuilder("true").start();
    } catch (IOException expected) {
      System.out.println(expected.getMessage());
    }
    closeLeaked();
  }

  private void closeLeaked() throws IOException {
    for (FileInputStream each : leaked) {
      each.close();
    }
    leaked.clear();
  }

  /** Starts a child whose command is read, in the middle of the start, when none are free. */
  private void spawnWithDescriptorsOfTheLastMoment(String name) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("sh", leaf, name)) {
          @Override
          public <T> T[] toArray(T[] array) {
            try {
              closeLeaked();
            } catch (IOException refused) {
              throw new UncheckedIOException(refused);
            }
            return super.toArray(array);
          }
        };
    useUpDescriptors();
    new ProcessBuilder(command).start();
  }

  private void useUpDescriptors() {
    try {
      while (true) {
        leaked.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException noneLeft) {
      System.out.println(noneLeft.getMessage());
    }
  }

  // Hardly ever is there the time to learn of that process while the worker lives.
  private void hideAndKill(String name) throws IOException {
    String script =
        """
        env -i /usr/bin/setsid /bin/sh -c '
          echo "$1 $$" >> "${0%/*}/report"
          kill -KILL "$2"
          exec /bin/sleep 1000
        ' "$0" "$1" "$PPID" &
        exit 0
        """;
    new ProcessBuilder("sh", "-c", script, leaf, name).start();
  }

  // What is opened next has the lowest number that is free.
  private void exchange(String part) throws IOException {
    NativeSpawns.close(part);
    for (int number = 0; number < MANY_FILES; number++) {
      files.add(new FileOutputStream(report.resolveSibling(OWN_FILE + number).toFile()));
    }
    write("exchanged");
  }

  private void write(String text) throws IOException {
    System.gc();
    for (FileOutputStream each : files) {
      each.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
    System.out.println("written " + text);
  }

  private void look() {
    ProcessHandle self = ProcessHandle.current();
    self.children().forEach(child -> Worker.report(report, VISIBLE_CHILD, child.pid()));
    self.descendants().forEach(one -> Worker.report(report, VISIBLE_DESCENDANT, one.pid()));
    Worker.report(report, LOOKED, self.pid());
  }
}
