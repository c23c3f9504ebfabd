package io.reaper.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  /** For each option a value that is not its default. */
  private static final Map<Option, String> UNUSUAL =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Option.CHILDREN, "false"),
              Map.entry(Option.PROCESS_GROUP, "true"),
              Map.entry(Option.SUBREAPER, "true"),
              Map.entry(Option.CGROUP, "true"),
              Map.entry(Option.SENTINEL, "false"),
              Map.entry(Option.SIGCHLD, "ignore"),
              Map.entry(Option.LEAKS, "fail"),
              Map.entry(Option.REPORT, "/tmp/report.html"),
              Map.entry(Option.SIGNAL, "USR1"),
              Map.entry(Option.GRACE, "5s"),
              Map.entry(Option.KEEP, "nginx:ssh-agent"),
              Map.entry(Option.KEEP_MARKED, "false"),
              Map.entry(Option.LAUNCHERS, "com.acme.exec:Run"),
              Map.entry(Option.LOG, "debug"),
              Map.entry(Option.LOG_FILE, "/var/log/reaper.log"),
              Map.entry(Option.KILL_LOG, "/var/log/kills.json"),
              Map.entry(Option.STRICT, "true"),
              Map.entry(Option.CONFIG, "/dev/null"),
              Map.entry(Option.DIR, "/run/reaper"),
              Map.entry(Option.ENABLED, "false"),
              Map.entry(Option.HELP, "true")));

  @TempDir private Path directory;

  private static Options parse(String arguments) throws OptionException {
    return Options.parse(arguments, new Properties(), Map.of());
  }

  private static Properties property(String key, String value) {
    Properties properties = new Properties();
    properties.setProperty("reaper." + key, value);
    return properties;
  }

  private String config(String... lines) throws IOException {
    return Files.write(directory.resolve("reaper.properties"), java.util.List.of(lines)).toString();
  }

  @Test
  void everyOptionHasAnUnusualValueHere() {
    assertThat(UNUSUAL.keySet()).isEqualTo(EnumSet.allOf(Option.class));
    UNUSUAL.forEach((option, value) -> assertThat(value).isNotEqualTo(option.fallback()));
  }

  @Test
  void nothingGivenIsTheTableOfDefaults() throws OptionException {
    for (String nothing : new String[] {null, ""}) {
      Options options = parse(nothing);
      assertThat(options.children()).isTrue();
      assertThat(options.processGroup()).isFalse();
      assertThat(options.subreaper()).isFalse();
      assertThat(options.cgroup()).isFalse();
      assertThat(options.sentinel()).isTrue();
      assertThat(options.sigchldIgnored()).isFalse();
      assertThat(options.signal()).isEqualTo(Signal.TERM);
      assertThat(options.graceMillis()).isEqualTo(2000);
      assertThat(options.keep()).isEmpty();
      assertThat(options.launchers()).isEmpty();
      assertThat(options.log()).isEqualTo(Log.Level.WARN);
      assertThat(options.logFile()).isNull();
      assertThat(options.strict()).isFalse();
      assertThat(options.dir()).isNull();
      assertThat(options.help()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONFIG")
  void optionMayStandInAnyOfTheFourPlaces(Option option) throws Exception {
    String value = UNUSUAL.get(option);
    Options argued = parse(option.key() + "=" + value);
    assertThat(argued).isNotEqualTo(parse(null));
    assertThat(Options.parse(null, property(option.key(), value), Map.of())).isEqualTo(argued);
    String variable = "REAPER_" + option.key().toUpperCase(java.util.Locale.ROOT).replace('-', '_');
    assertThat(Options.parse(null, new Properties(), Map.of(variable, value))).isEqualTo(argued);
    assertThat(parse("config=" + config(option.key() + "=" + value))).isEqualTo(argued);
  }

  @Test
  void argumentsWinOverPropertiesOverEnvironmentOverConfigFile() throws Exception {
    String file = config("grace=4s");
    Properties properties = property("grace", "2500ms");
    Map<String, String> environment = Map.of("REAPER_GRACE", "3s", "REAPER_CONFIG", file);
    assertThat(Options.parse("grace=1s", properties, environment).graceMillis()).isEqualTo(1000);
    assertThat(Options.parse(null, properties, environment).graceMillis()).isEqualTo(2500);
    assertThat(Options.parse(null, new Properties(), environment).graceMillis()).isEqualTo(3000);
    assertThat(Options.parse(null, new Properties(), Map.of("REAPER_CONFIG", file)).graceMillis())
        .isEqualTo(4000);
    assertThat(parse("config=" + file).graceMillis()).isEqualTo(4000);
  }

  @Test
  void bareKeyIsThatFlagSwitchedOn() throws OptionException {
    assertThat(parse("help").help()).isTrue();
    assertThat(parse("subreaper,cgroup")).isEqualTo(parse("subreaper=true,cgroup=true"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "0ms, 0",
    "1ms, 1",
    "500ms, 500",
    "2s, 2000",
    "1m, 60000",
    "10m, 600000",
    "600000ms, 600000"
  })
  void graceIsANumberWithAUnit(String text, long millis) throws OptionException {
    assertThat(parse("grace=" + text).graceMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "children, maybe",
    "children, TRUE",
    "children, ''",
    "children, 1",
    "process-group, yes",
    "subreaper, on",
    "cgroup, v2",
    "sentinel, no",
    "strict, strict",
    "help, me",
    "sigchld, IGNORE",
    "sigchld, ''",
    "sigchld, true",
    "signal, ''",
    "signal, SIGNAL",
    "signal, 99",
    "signal, SIGSEGV2",
    "grace, ''",
    "grace, 2",
    "grace, 00",
    "grace, s",
    "grace, -1s",
    "grace, 1.5s",
    "grace, 2h",
    "grace, 2 s",
    "grace, 11m",
    "grace, 600001ms",
    "grace, 9999999999ms",
    "grace, 99999999999999999999s",
    "grace, ٣s",
    "log, ''",
    "log, trace",
    "log, WARN"
  })
  void badValueIsNamedWithItsKeyAndWithWhatIsAccepted(String key, String value) {
    Option option = Option.of(key);
    assertThatThrownBy(() -> Options.parse(key + "=" + value, new Properties(), Map.of()))
        .isInstanceOf(OptionException.class)
        .hasMessage(
            "'%s' is no value for '%s' in the agent arguments; accepted is %s",
            value, key, option.accepted());
    if (!value.isEmpty()) {
      assertThatThrownBy(() -> Options.parse(null, property(key, value), Map.of()))
          .isInstanceOf(OptionException.class)
          .hasMessageContaining("'%s' in -Dreaper.%s;", key, key);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "chldren, children",
    "child, children",
    "process_group, process-group",
    "processgroup, process-group",
    "subreeper, subreaper",
    "cgroups, cgroup",
    "sentinels, sentinel",
    "sigchild, sigchld",
    "signals, signal",
    "graze, grace",
    "kep, keep",
    "logs, log",
    "logfile, log-file",
    "Strict, strict",
    "conf, config",
    "dirr, dir",
    "enable, enabled",
    "hlp, help"
  })
  void unknownKeyNamesTheNearestRightKey(String key, String nearest) {
    assertThatThrownBy(() -> parse(key + "=x"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("unknown option '" + key + "' in the agent arguments")
        .hasMessageContaining("did you mean '" + nearest + "'?")
        .hasMessageEndingWith(
            "Accepted are children, process-group, subreaper, cgroup, sentinel, sigchld, signal,"
                + " grace, keep, keep-marked, leaks, report, launchers, log, log-file, kill-log, strict, config, dir,"
                + " enabled, help");
  }

  @Test
  void unknownKeyInTheConfigFileNamesTheFile() throws IOException {
    String file = config("grce=1s");
    assertThatThrownBy(() -> parse("config=" + file))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("unknown option 'grce' in " + file + ":1;")
        .hasMessageContaining("did you mean 'grace'?");
  }

  @Test
  void missingConfigFileIsNamed() {
    assertThatThrownBy(() -> parse("config=/no/such/file"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("cannot read config=/no/such/file (in the agent arguments): ")
        .hasMessageContaining("No such file");
  }

  @Test
  void configFileThatIsNoPropertiesFileIsNamed() throws IOException {
    String file = config("grace=\\u12");
    assertThatThrownBy(() -> parse("config=" + file))
        .isInstanceOf(OptionException.class)
        .hasMessageStartingWith("cannot read " + file + ":1: ");
  }

  @Test
  void logFileThatCannotBeWrittenIsNamed() throws OptionException {
    Options options = parse("log-file=/no/such/directory/log");
    assertThatThrownBy(() -> options.logDestination().open("the options"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("cannot write log-file=/no/such/directory/log");
  }

  @Test
  void keepInTheEnvironmentIsAMarkWhenItIsTrueAndAnOptionOtherwise() throws OptionException {
    assertThat(Options.parse(null, new Properties(), Map.of("REAPER_KEEP", "true")).keep())
        .isEmpty();
    assertThat(Options.parse(null, new Properties(), Map.of("REAPER_KEEP", "true")).keepMarked())
        .isFalse();
    assertThat(Options.parse(null, new Properties(), Map.of("REAPER_KEEP", "nginx")).keep())
        .containsExactly("nginx");
    assertThat(parse("keep=true").keep()).containsExactly("true");
  }

  @Test
  void keepIsAListOfNames() throws OptionException {
    assertThat(parse("keep=nginx:ssh-agent::nginx:").keep()).containsExactly("nginx", "ssh-agent");
    assertThat(parse("keep=").keep()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bin/x", "./start.sh", "/opt/", "/", "nginx*", "a?c", ".", "..", "a:b/c"})
  void whatCouldNeverBeTheNameOfAProgramIsRefused(String keep) {
    assertThatThrownBy(() -> parse("keep=" + keep))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("'" + keep + "' is no value for 'keep' in the agent arguments");
  }

  @Test
  void defaultsPrintAsNothing() throws OptionException {
    assertThat(parse(null).toString()).isEmpty();
    assertThat(parse("children=true,grace=2000ms,signal=15,log=warn,keep=").toString()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CONFIG", "ENABLED", "HELP"})
  void optionPrintsItselfAndParsesBack(Option option) throws OptionException {
    String argument = option.key() + "=" + UNUSUAL.get(option);
    assertThat(parse(parse(argument).toString())).isEqualTo(parse(argument));
    assertThat(parse(argument).toString()).startsWith(option.key() + "=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grace=0",
        "grace=1m,signal=SIGUSR2",
        "children=false,process-group=true,subreaper=true,cgroup=true,sigchld=ignore",
        "keep=a:b c:d,log=off,log-file=/tmp/a=b.log,strict=true,dir=/run/user/0/x"
      })
  void severalOptionsPrintThemselvesAndParseBack(String arguments) throws OptionException {
    Options options = parse(arguments);
    assertThat(parse(options.toString())).isEqualTo(options);
  }

  @Test
  void pathIsWhereTheWorkerIsWhoeverReadsItLater() throws OptionException {
    Options options = parse("dir=ledgers,log-file=reaper.log");
    assertThat(options.dir()).isEqualTo(Path.of("ledgers").toAbsolutePath());
    assertThat(options.logFile()).isEqualTo(Path.of("reaper.log").toAbsolutePath());
    assertThat(parse(options.toString())).isEqualTo(options);
  }

  @ParameterizedTest
  @CsvSource({"dir, '/a,b'", "log-file, '/a,b.log'", "keep, 'a,b'", "kill-log, '/a\nb'"})
  void whatWouldBeTwoArgumentsInTheLedgerIsRefused(String key, String value) {
    assertThatThrownBy(() -> Options.parse(null, property(key, value), Map.of()))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("'" + value + "' is no value for '" + key + "'")
        .hasMessageContaining("comma");
  }

  @Test
  void everyModeKillsAndNoModeKillsNone() throws OptionException {
    assertThat(parse("children=false").killsProcesses()).isFalse();
    for (String mode : new String[] {"children", "process-group", "subreaper", "cgroup"}) {
      assertThat(parse("children=false," + mode + "=true").killsProcesses()).as(mode).isTrue();
    }
  }

  @Test
  void onlyGroupAndSubreaperNeedMoreThanTheJdk() throws OptionException {
    assertThat(parse(null).needsNative()).isFalse();
    assertThat(parse("process-group=true").needsNative()).isTrue();
    assertThat(parse("subreaper=true").needsNative()).isTrue();
  }

  @Test
  void helpShowsEveryOptionWithItsDefaultAndWhatIsAccepted() {
    for (Option option : Option.values()) {
      String fallback = option.fallback().isEmpty() ? "-" : option.fallback();
      assertThat(Help.text().lines())
          .filteredOn(line -> line.startsWith("  " + option.key() + " "))
          .singleElement()
          .asString()
          .containsPattern("^  " + option.key() + " +" + fallback + " +")
          .contains(option.help())
          .endsWith("(" + option.accepted() + ")");
    }
  }
}
