package io.reaper.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Worker;
import io.reaper.it.support.DocCommand;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs every command line of README and the docs as it is written, and compares what it prints with
 * what the page says. A new command is run by itself; one that cannot be run here is listed below.
 */
class DocsIT {
  /** Why a command line is not run. */
  private static final Map<String, String> NOT_RUN = new LinkedHashMap<>();

  static {
    String build = "it builds the tree that this test is run from";
    NOT_RUN.put("mvn -q -DskipTests package", build);
    NOT_RUN.put("mvn -q -Pdemo", build);
    NOT_RUN.put("mvn verify", build);
    NOT_RUN.put("java -jar reaper-agent.jar COMMAND", "each COMMAND is a line of its own");
    NOT_RUN.put("java -javaagent:reaper-agent.jar=subreaper=true,grace=5s …", "only its beginning");
    NOT_RUN.put(
        "java -javaagent:/opt/reaper-agent.jar=subreaper=true"
            + " -jar agent.jar -url … -secret … -name …",
        "needs a Jenkins controller");
    NOT_RUN.put("curl -s localhost:9404/metrics | grep ^reaper", "needs the JMX exporter");
    NOT_RUN.put("jfr view ChildStarted rec.jfr", "JDK 17 has no such command");
  }

  /**
   * Of its lines only the first word is compared: the rest is the machine's, and so is its status.
   */
  private static final String OF_THE_MACHINE = " doctor ";

  private static final String ASKS_FOR_THE_STATUS = "echo $?";
  private static final Pattern ANSWER = Pattern.compile("(?s)(.*?)\nEXIT STATUS (\\d+)\n");

  @Test
  void whatIsNotRunStandsInTheDocs() throws IOException {
    assertThat(DocCommand.all()).extracting(DocCommand::line).containsAll(NOT_RUN.keySet());
  }

  @NeedsAgent
  @Tag("slow")
  @Test
  void everyCommandLineWorksAsItIsWritten() throws IOException {
    assumeThat(Machine.allows("bash", "-c")).as("bash is here").isTrue();
    List<DocCommand> commands =
        DocCommand.all().stream().filter(each -> !NOT_RUN.containsKey(each.line())).toList();
    try (Reader reader = new Reader();
        Worker shells = reader.types(commands)) {
      shells.waitFor(300);
      Matcher answer = ANSWER.matcher(shells.stdout());
      List<String> wrong = new ArrayList<>();
      for (int i = 0; i < commands.size(); i++) {
        assertThat(answer.find()).as("%s; %s", commands.get(i), shells.stdout()).isTrue();
        boolean isAsked =
            i + 1 < commands.size() && commands.get(i + 1).line().equals(ASKS_FOR_THE_STATUS);
        boolean isTrue =
            (isAsked || tells(commands.get(i), answer.group(2)))
                && prints(commands.get(i), answer.group(1), reader);
        if (!isTrue) {
          wrong.add(commands.get(i) + " printed " + answer.group());
        }
      }
      assertThat(wrong).isEmpty();
    }
  }

  private static boolean tells(DocCommand command, String status) {
    return status.equals("0") || command.line().contains(OF_THE_MACHINE);
  }

  private static boolean prints(DocCommand command, String printed, Reader reader) {
    boolean isMachines = command.line().contains(OF_THE_MACHINE);
    return command.output().stream()
        .map(line -> isMachines ? line.split(" ")[0] : reader.here(line))
        .flatMap(line -> Stream.of(line.split("\\.\\.\\.")))
        .map(DocsIT::squeezed)
        .allMatch(squeezed(printed)::contains);
  }

  /** Numbers are other ones each time, and a page breaks lines. */
  private static String squeezed(String text) {
    return text.replaceAll("[\\s│]+", "").replaceAll("\\d+", "N");
  }
}
