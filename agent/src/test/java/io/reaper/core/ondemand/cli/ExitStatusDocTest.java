package io.reaper.core.ondemand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The table of exit statuses in the docs against what each command's {@code --help} says. */
class ExitStatusDocTest {
  private static final Path PAGE = Path.of("docs/commands.md");
  private static final List<String> COMMON = List.of("2", "74");

  @Test
  void everyExitStatusOfEveryCommandIsInTheTable() throws IOException {
    Set<String> told = new TreeSet<>();
    Map<String, CommandLine> commands =
        new TreeMap<>(new CommandLine(new ReaperCommand()).getSubcommands());
    commands.remove("help");
    for (Map.Entry<String, CommandLine> command : commands.entrySet()) {
      Map<String, String> statuses =
          command.getValue().getCommandSpec().usageMessage().exitCodeList();
      assertThat(statuses).as(command.getKey()).isNotEmpty();
      boolean passesOn = command.getKey().equals("run");
      for (Map.Entry<String, String> each : statuses.entrySet()) {
        boolean common = !passesOn && COMMON.contains(each.getKey().strip());
        told.add(row(common ? "all but `run`" : "`" + command.getKey() + "`", each));
      }
    }
    assertThat(
            Files.readAllLines(PAGE).stream()
                .filter(line -> line.matches("[|] (`|all).*"))
                .toList())
        .containsExactlyInAnyOrderElementsOf(told);
  }

  private static String row(String command, Map.Entry<String, String> status) {
    return "| " + command + " | " + status.getKey().strip() + " | " + status.getValue() + " |";
  }
}
