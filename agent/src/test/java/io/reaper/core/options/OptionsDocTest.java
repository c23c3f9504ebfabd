package io.reaper.core.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table of options in options.md: the rows below the header whose first two cells are {@code
 * key} and {@code default}. No default is an empty cell or a dash.
 */
class OptionsDocTest {
  private static final Path DOC = Path.of("docs/options.md");
  private static final List<String> HEADER = List.of("key", "default");

  private static Map<String, String> defaultsIn(List<String> lines) {
    Map<String, String> rows = new LinkedHashMap<>();
    boolean inTable = false;
    for (String line : lines) {
      List<String> cells = cells(line);
      if (cells.size() < 2) {
        inTable = false;
      } else if (cells.subList(0, 2).equals(HEADER)) {
        inTable = true;
      } else if (inTable && !cells.get(0).matches(":?-+:?")) {
        rows.put(cells.get(0), cells.get(1).replaceAll("^[-–—]$", ""));
      }
    }
    return rows;
  }

  private static List<String> cells(String line) {
    return line.startsWith("|")
        ? Stream.of(line.substring(1).split("\\|")).map(c -> c.replace("`", "").strip()).toList()
        : List.of();
  }

  @Test
  void tableInTheDocsIsTheTableInTheCode() throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    for (Option option : Option.values()) {
      options.put(option.key(), option.fallback());
    }
    assertThat(defaultsIn(Files.readAllLines(DOC))).containsExactlyInAnyOrderEntriesOf(options);
  }

  @Test
  void rowsAreReadWhateverTheDressing() {
    assertThat(
            defaultsIn(
                List.of(
                    "| `mode` | who dies |",
                    "|---|---|",
                    "| `children` | all |",
                    "",
                    "| key | default | what it does |",
                    "|-----|:-------:|---|",
                    "| `grace` | `2s` | waits |",
                    "| `keep` | – | spares |",
                    "|`log`|warn|talks|",
                    "and so on",
                    "| `other` | `table` |")))
        .isEqualTo(Map.of("grace", "2s", "keep", "", "log", "warn"));
  }
}
