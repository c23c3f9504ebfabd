package io.reaper.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GivenTest {
  @TempDir private Path directory;

  private static Given read(String... arguments) throws OptionException {
    return Given.read(new Properties(), Map.of(), arguments);
  }

  private static Given property(String name, String value) throws OptionException {
    Properties properties = new Properties();
    properties.setProperty(name, value);
    return Given.read(properties, Map.of());
  }

  private static Given variable(String name, String value) throws OptionException {
    return Given.read(new Properties(), Map.of(name, value));
  }

  private String config(String text) throws IOException {
    return Files.writeString(directory.resolve("reaper.properties"), text).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "subreper, subreaper",
    "kepp, keep",
    "graze, grace",
    "processgroup, process-group",
    "processGroup, process-group",
    "process.group, process-group",
    "SUBREAPER, subreaper",
    "logfile, log-file",
    "log_file, log-file",
    "conf, config",
    "child, children",
    "kept-marked, keep-marked",
  })
  void misspeltPropertyIsToldWithTheNearestRightName(String wrong, String right) throws Exception {
    assertThat(property("reaper." + wrong, "true").complaints())
        .containsExactly(
            "-Dreaper."
                + wrong
                + " is no option and is ignored; did you mean -Dreaper."
                + right
                + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "SUBREPER, SUBREAPER",
    "KEPP, KEEP",
    "PROCESSGROUP, PROCESS_GROUP",
    "PROCESS-GROUP, PROCESS_GROUP",
    "subreaper, SUBREAPER",
    "LOGFILE, LOG_FILE",
  })
  void misspeltVariableIsToldWithTheNearestRightName(String wrong, String right) throws Exception {
    assertThat(variable("REAPER_" + wrong, "true").complaints())
        .containsExactly(
            "REAPER_" + wrong + " is no option and is ignored; did you mean REAPER_" + right + "?");
  }

  /** Those of Cassandra Reaper among them. */
  @ParameterizedTest
  @CsvSource({
    "STORAGE_TYPE",
    "AUTH_ENABLED",
    "JMX_PORT",
    "PORT",
    "HOME",
    "AGENT",
    "AGENT_JAR",
    "VERSION",
    "SEGMENT_COUNT_PER_NODE",
    "LOGGING_ROOT_LEVEL",
    "HEAP_SIZE",
    "TMP_DIRECTORY",
    "URL",
    "USER"
  })
  void variableOfAnotherProgramIsNoMisspeltOne(String other) throws OptionException {
    assertThat(variable("REAPER_" + other, "x").complaints()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"GRACE", "SUBREAPER", "KEEP", "CONFIG", "LOG", "LOG_FILE"})
  void whatATemplateLeavesEmptyIsNotGiven(String name) throws OptionException {
    for (String empty : new String[] {"", " ", "\r"}) {
      Given given = variable("REAPER_" + name, empty);
      assertThat(Options.of(given)).isEqualTo(Options.defaults());
      assertThat(given.complaints()).isEmpty();
    }
  }

  @Test
  void emptyVariableLeavesTheNextSourceItsTurn() throws Exception {
    String file = config("grace=4s");
    Map<String, String> environment = Map.of("REAPER_GRACE", "", "REAPER_CONFIG", file);
    Given given = Given.read(new Properties(), environment);
    assertThat(Options.of(given).graceMillis()).isEqualTo(4000);
  }

  @Test
  void flagAsAPropertyWithoutAValueIsTold() throws OptionException {
    assertThat(property("reaper.subreaper", "").complaints())
        .singleElement()
        .asString()
        .contains("-Dreaper.subreaper=true");
  }

  @Test
  void carriageReturnOfAFileFromElsewhereIsNoPartOfAValue() throws OptionException {
    assertThat(Options.of(variable("REAPER_GRACE", "5s\r")).graceMillis()).isEqualTo(5000);
  }

  @Test
  void wrongValueIsNamedWithItsSource() throws IOException {
    assertThatThrownBy(() -> Options.of(variable("REAPER_GRACE", "soon")))
        .hasMessageContaining("'soon' is no value for 'grace' in REAPER_GRACE; accepted is ");
    assertThatThrownBy(() -> Options.of(property("reaper.grace", "soon")))
        .hasMessageContaining("'grace' in -Dreaper.grace; ");
    String file = config("# first\nsubreaper=true\n\ngrace=soon\n");
    assertThatThrownBy(() -> Options.of(read("config=" + file)))
        .hasMessageContaining("'grace' in " + file + ":4; ");
  }

  @Test
  void lineThatGoesOnIsOneLineAndACommentNever() throws Exception {
    String file = config("# comment \\\nkeep=a:\\\n  b\ngrace=soon");
    assertThatThrownBy(() -> Options.of(read("config=" + file)))
        .hasMessageContaining("in " + file + ":4; ");
    assertThat(Options.of(read("config=" + config("keep=a:\\\n  b\nlog=info"))).keep())
        .containsExactly("a", "b");
  }

  @Test
  void configFileMayComeFromAnotherSystem() throws Exception {
    String file = config("\uFEFFsubreaper=true\r\nkeep=gr\u00fcn\r\n");
    Options options = Options.of(read("config=" + file));
    assertThat(options.subreaper()).isTrue();
    assertThat(options.keep()).containsExactly("gr\u00fcn");
  }

  @Test
  void configFileThatIsNotUtf8IsRefused() throws IOException {
    Path file = directory.resolve("latin1");
    Files.write(file, "keep=gr\u00fcn".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> read("config=" + file)).hasMessageContaining("it is not UTF-8");
  }

  @Test
  void configFileThatNamesAnotherIsRefused() throws IOException {
    String file = config("grace=1s\nconfig=/etc/other\n");
    assertThatThrownBy(() -> read("config=" + file))
        .hasMessage("'config' in %s:2: a config file names no other; put its lines in here", file);
  }

  @Test
  void keyThatComesTwiceIsTold() throws Exception {
    String file = config("grace=1s\nlog=info\ngrace=2s\nlog=info\n");
    assertThat(read("config=" + file).complaints())
        .containsExactly(
            "'grace' is given more than once in "
                + file
                + ":3 and "
                + file
                + ":1; the last holds: 2s");
    Given given = read("grace=1s,grace=3s");
    assertThat(given.complaints())
        .containsExactly(
            "'grace' is given more than once in the agent arguments; the last holds: 3s");
    assertThat(Options.of(given).graceMillis()).isEqualTo(3000);
  }

  @Test
  void argumentsOfALaterAgentWinKeyByKey() throws OptionException {
    Given given = read("subreaper=true,grace=1s", null, "grace=5s,log=info");
    assertThat(Options.of(given)).hasToString("subreaper=true,grace=5000ms,log=info");
    assertThat(given.complaints()).isEmpty();
  }

  @Test
  void whatIsNotGivenStaysAndWhatChangesIsTold() throws OptionException {
    Options before = Options.of(read("subreaper=true,grace=5s,keep=nginx"));
    Options after = before.with(read("log=debug,subreaper=false,keep="));
    assertThat(after).hasToString("grace=5000ms,log=debug");
    assertThat(Difference.between(before, after))
        .containsExactly("subreaper: true -> false", "keep: nginx -> -", "log: warn -> debug");
    assertThat(Difference.between(before, before.with(read("grace=5s")))).isEmpty();
  }

  @Test
  void commaTooManyIsNoOption() throws OptionException {
    assertThat(Options.of(read(",subreaper=true,, grace=1s ,")))
        .hasToString("subreaper=true,grace=1000ms");
  }
}
