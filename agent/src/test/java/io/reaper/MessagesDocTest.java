package io.reaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each warning and error that can stand in the log of a worker is explained in messages.md. */
class MessagesDocTest {
  private static final Path MAIN = Path.of("src/main");

  /** Commands, whose errors say by themselves what to do. */
  private static final Pattern COMMANDS = Pattern.compile(".*/(look|ondemand/cli|ondemand/run)/.*");

  private static final Pattern CALL = Pattern.compile("\\.(?:warn|error)\\(((?s:.*?))\\);\\R");
  private static final Pattern CALL_OF_SHELL = Pattern.compile("say (?:warn|error) \"(.*?)\"");

  /** Text between quotes, in several parts if it is too long for a line. */
  private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\]|\\\\.|\"\\s*\\+\\s*\")*)\"");

  private static final String PARTS = "\"\\s*\\+\\s*\"";
  private static final String VARIABLE = "\\$\\{[^}]*\\}|\\$\\w+";

  /** Shorter ones are a plural's ending or a bracket. */
  private static final int SHORTEST = 6;

  /** The page may leave out how a message goes on. */
  private static final int ENOUGH = 40;

  /** How messages begin that are made in another place than where they are written. */
  private static final Map<String, List<String>> MADE_ELSEWHERE =
      Map.of(
          "wrong.getMessage()", List.of("unknown option '", "' is no value for '"),
          "complaint", List.of("did you mean", "is given more than once in", "counts as not given"),
          "distrust", List.of("is of another PID namespace (", "/proc is not mounted, or is"),
          "LedgerDirectory.whyNone(place, refused)", List.of("cannot keep a ledger in "),
          "LedgerDirectory.whyNone(place(), refused)", List.of("cannot keep a ledger in "),
          "refused", List.of("cannot mark the worker's descendants: setrlimit"),
          "refused.getMessage()", List.of("' is no value for '"));

  private static List<String> beginnings() throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(MAIN)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().collect(Collectors.toList())) {
        String name = file.toString();
        if (name.endsWith(".sh")) {
          Matcher call = CALL_OF_SHELL.matcher(Files.readString(file));
          while (call.find()) {
            all.add(beginning(Stream.of(call.group(1).split(VARIABLE))));
          }
        } else if (name.endsWith(".java") && !COMMANDS.matcher(name).matches()) {
          Matcher call = CALL.matcher(Files.readString(file));
          while (call.find()) {
            Matcher text = TEXT.matcher(call.group(1));
            all.addAll(
                text.find()
                    ? List.of(beginning(text.reset().results().map(part -> part.group(1))))
                    : MADE_ELSEWHERE.getOrDefault(
                        call.group(1).strip(), List.of(name + ": " + call.group(1))));
          }
        }
      }
    }
    return all;
  }

  private static String beginning(Stream<String> parts) {
    String first =
        parts
            .map(part -> part.replaceAll(PARTS, "").strip())
            .filter(part -> part.length() >= SHORTEST)
            .findFirst()
            .orElseThrow();
    return first.substring(0, Math.min(ENOUGH, first.length())).strip();
  }

  @Test
  void eachWarningAndErrorIsExplained() throws IOException {
    String page = Files.readString(Path.of("docs/messages.md")).replaceAll("\\s+", " ");
    List<String> beginnings = beginnings();
    assertThat(beginnings).hasSizeGreaterThan(50);
    assertThat(beginnings.stream().filter(each -> !page.contains(each))).isEmpty();
  }
}
