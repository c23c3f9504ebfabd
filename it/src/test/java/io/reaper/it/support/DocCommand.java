package io.reaper.it.support;

import io.reaper.it.harness.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A command line that a page tells its readers to type, and what the page says that it prints.
 *
 * @param block where it stands; commands of one block of code are typed into one shell
 */
public record DocCommand(String block, String line, List<String> output) {
  private static final Path ROOT = Launch.classes().resolve("../../..").normalize();

  /** A block of code with its language and its text, or a command in the middle of a sentence. */
  private static final Pattern CODE =
      Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```$|`((?:java -|mvn |jcmd |jfr )[^`\n]+)`");

  private static final Pattern COMMENT = Pattern.compile("\\s+# .*");

  /** What cron runs, or puts into the environment of that. */
  private static final Pattern CRON = Pattern.compile("(?:(?:\\S+ ){6})?(.+)");

  private static final Pattern JENKINS = Pattern.compile("sh '(.+)'");

  /** The top directory of the tree. */
  public static Path root() {
    return ROOT;
  }

  /** Returns all command lines of the docs and of README, in their order. */
  public static List<DocCommand> all() throws IOException {
    List<DocCommand> commands = new ArrayList<>();
    try (Stream<Path> docs = Files.list(ROOT.resolve("agent/docs"))) {
      // README comes last, as it switches off the agent of the worker that all ask.
      List<Path> pages =
          Stream.concat(docs.sorted(), Stream.of(ROOT.resolve("README.md"))).toList();
      for (Path page : pages) {
        addAll(commands, page);
      }
    }
    return commands;
  }

  private static void addAll(List<DocCommand> commands, Path page) throws IOException {
    Matcher code = CODE.matcher(Files.readString(page));
    for (int number = 0; code.find(); number++) {
      String block = page.getFileName() + "-" + number;
      if (code.group(1) == null) {
        commands.add(new DocCommand(block, code.group(3), List.of()));
      } else {
        for (String line : code.group(2).replace("\\\n", "").split("\n")) {
          add(commands, block, code.group(1), line);
        }
      }
    }
  }

  private static void add(List<DocCommand> commands, String block, String language, String line) {
    switch (language) {
      case "sh" ->
          commands.add(
              new DocCommand(block, COMMENT.matcher(line).replaceFirst(""), new ArrayList<>()));
      case "console" -> {
        if (line.startsWith("$ ")) {
          commands.add(new DocCommand(block, line.substring(2), new ArrayList<>()));
        } else {
          commands.get(commands.size() - 1).output.add(line);
        }
      }
      case "crontab", "groovy" -> {
        Matcher command = (language.equals("groovy") ? JENKINS : CRON).matcher(line);
        if (command.matches()) {
          commands.add(new DocCommand(block, command.group(1), new ArrayList<>()));
        }
      }
      default -> {}
    }
  }
}
