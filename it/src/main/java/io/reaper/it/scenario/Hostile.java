package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * A JVM that waits for the file in which the command that attaches wants its answer, and puts
 * something else there: {@code link TARGET}, {@code pipe}, or {@code text} of its own.
 */
public final class Hostile {

  /** What it says in place of the agent. */
  public static final String TEXT =
      "\033]0;owned\007reaper-agent: [info] \u202eforged\r\u009b2J\nand more\n";

  /** The name under which it reports that it has done it. */
  public static final String DONE = "DONE";

  private Hostile() {}

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    Set<Path> done = new HashSet<>();
    while (true) {
      try (DirectoryStream<Path> answers =
          Files.newDirectoryStream(Path.of("/tmp"), "reaper-attach-*.log")) {
        for (Path answer : answers) {
          if (isMine(answer) && done.add(answer)) {
            replace(answer, args);
            Worker.report(report, DONE, ProcessHandle.current().pid());
          }
        }
      }
      Thread.sleep(1);
    }
  }

  private static boolean isMine(Path answer) throws IOException {
    try {
      return Files.getAttribute(answer, "unix:uid")
          .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  private static void replace(Path answer, String[] args) throws Exception {
    switch (args[1]) {
      case "text" -> Files.writeString(answer, TEXT, StandardOpenOption.APPEND);
      case "link" -> {
        Files.delete(answer);
        Files.createSymbolicLink(answer, Path.of(args[2]));
      }
      default -> {
        Files.delete(answer);
        new ProcessBuilder("mkfifo", answer.toString()).start().waitFor();
      }
    }
  }
}
