package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.OwnFiles;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an option may stand, which place wins, and what becomes of a worker with a wrong one. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record OptionsIT(Jdk jdk) {

  private static final List<String> KEYS =
      List.of(
          "children",
          "process-group",
          "subreaper",
          "sigchld",
          "signal",
          "grace",
          "keep",
          "log",
          "log-file",
          "strict",
          "config",
          "help");

  private static String signalHeard(Launch launch) throws IOException {
    try (Worker worker = launch.start(Children.class, "teller")) {
      until(
          worker,
          () -> !worker.reported("TELLER").isEmpty() && !worker.reported(Worker.SELF).isEmpty());
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).isZero();
      return Files.readString(worker.dir().resolve("signals")).strip();
    }
  }

  private Launch configured() throws IOException {
    Launch launch = Launch.on(jdk);
    Files.writeString(launch.dir().resolve("reaper.properties"), "signal=USR1\ngrace=20s\n");
    return launch;
  }

  private static String configIn(Launch launch) {
    return "config=" + launch.dir().resolve("reaper.properties");
  }

  @Test
  void configFileSaysWhichSignalTheChildHears() throws IOException {
    Launch launch = configured();
    assertThat(signalHeard(launch.agent(configIn(launch)))).isEqualTo("USR1");
  }

  @Test
  void environmentWinsOverTheConfigFile() throws IOException {
    Launch launch = configured().environment("REAPER_SIGNAL", "INT");
    assertThat(signalHeard(launch.agent(configIn(launch)))).isEqualTo("INT");
  }

  @Test
  void systemPropertyWinsOverTheEnvironment() throws IOException {
    Launch launch = configured().environment("REAPER_SIGNAL", "USR1").jvm("-Dreaper.signal=INT");
    assertThat(signalHeard(launch.agent(configIn(launch)))).isEqualTo("INT");
  }

  @Test
  void argumentWinsOverAll() throws IOException {
    Launch launch = configured().environment("REAPER_SIGNAL", "TERM").jvm("-Dreaper.signal=TERM");
    assertThat(signalHeard(launch.agent("signal=INT," + configIn(launch)))).isEqualTo("INT");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "subreper=true          | subreper, subreaper",
        "kepp=postgres          | kepp, keep",
        "children=maybe         | children, maybe, true, false",
        "grace=soon             | grace, soon, 2s",
        "grace=-1s              | grace, -1s",
        "signal=FOO             | signal, FOO, TERM",
        "sigchld=catch          | sigchld, catch, ignore, default",
        "log=loud               | log, loud, debug",
        "config=/no/such/file   | config, /no/such/file",
      })
  void wrongArgumentStopsTheWorkerBeforeMainWithOneLine(String arguments, String named) {
    expectRefusal(Launch.on(jdk).agent(arguments), named);
  }

  @Test
  void wrongValueStopsTheWorkerWhereverItStands() throws IOException {
    expectRefusal(Launch.on(jdk).agent("").jvm("-Dreaper.grace=soon"), "grace, soon");
    expectRefusal(Launch.on(jdk).agent("").environment("REAPER_GRACE", "soon"), "soon");
    Launch launch = Launch.on(jdk);
    Files.writeString(launch.dir().resolve("reaper.properties"), "grase=2s\n");
    expectRefusal(launch.agent(configIn(launch)), "grase, grace");
  }

  @Test
  void wrongValueIsNamedWithItsSource() throws IOException {
    expectRefusal(Launch.on(jdk).agent("grace=soon"), "in the agent arguments");
    expectRefusal(Launch.on(jdk).agent("").jvm("-Dreaper.grace=soon"), "in -Dreaper.grace");
    expectRefusal(Launch.on(jdk).agent("").environment("REAPER_GRACE", "soon"), "in REAPER_GRACE");
    Launch launch = Launch.on(jdk);
    Files.writeString(launch.dir().resolve("reaper.properties"), "# one\ngrace=soon\n");
    expectRefusal(launch.agent(configIn(launch)), "reaper.properties:2");
    Launch log = Launch.on(jdk).environment("REAPER_LOG_FILE", "/no/such/log");
    expectRefusal(log.agent(""), "/no/such/log, in REAPER_LOG_FILE");
  }

  @Test
  void misspeltPropertyAndVariableAreToldAndStopNoWorker() {
    Launch launch = Launch.on(jdk).agent("").jvm("-Dreaper.subreper=true");
    launch.environment("REAPER_PROCESSGROUP", "true").environment("REAPER_STORAGE_TYPE", "x");
    launch.environment("REAPER_GRACE", "").environment("REAPER_LOG", "");
    try (Worker worker = launch.start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.stderr().lines())
          .hasSize(2)
          .anyMatch(line -> line.contains("did you mean -Dreaper.subreaper?"))
          .anyMatch(line -> line.contains("did you mean REAPER_PROCESS_GROUP?"));
    }
  }

  @Test
  void configFileFromAnotherSystemIsReadAndOneThatNamesAnotherIsRefused() throws IOException {
    Launch launch = Launch.on(jdk);
    Path file = launch.dir().resolve("reaper.properties");
    Files.writeString(file, "\uFEFFsignal=USR1\r\ngrace=20s\r\n");
    assertThat(signalHeard(launch.agent(configIn(launch)))).isEqualTo("USR1");
    Launch other = Launch.on(jdk);
    Files.writeString(other.dir().resolve("reaper.properties"), "config=/etc/other\n");
    expectRefusal(other.agent(configIn(other)), "'config' in, reaper.properties:1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true,", "process-group=true,"})
  void strictRefusesAWorkerThatACrashWouldLeaveUnprotected(String modes) {
    expectStrictRefusal(
        Launch.on(jdk).agent(modes + "strict=true,dir=/proc/nothing"), "ledger in /proc/nothing");
  }

  @Test
  void strictWorkerThatAsksForNoSentinelNeedsNoPlace() {
    Launch launch = Launch.on(jdk).agent("strict=true,sentinel=false,dir=/proc/nothing");
    try (Worker worker = launch.start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.reported(Worker.SELF)).isNotEmpty();
    }
  }

  /** The ledger holds whole paths, and a comma would end one there. */
  @Test
  void fileBelowADirectoryWithACommaInItsNameIsRefused() throws IOException {
    Launch launch = Launch.on(jdk);
    Path directory = Files.createDirectory(launch.dir().resolve("a,b"));
    launch.under("env", "-C", directory.toString());
    expectRefusal(launch.agent("kill-log=kills.json"), "kills.json");
  }

  private static void expectRefusal(Launch launch, String named) {
    assertThat(saidAtARefusal(launch))
        .singleElement()
        .asString()
        .contains(named.split(", "))
        .doesNotContain("Exception");
  }

  /** One line says what is missing, one what follows from it. */
  private static void expectStrictRefusal(Launch launch, String missing) {
    assertThat(saidAtARefusal(launch))
        .satisfiesExactly(
            line -> assertThat(line).contains("[warn]", missing).doesNotContain("Exception"),
            line -> assertThat(line).contains("[error] strict=true", "not started"));
  }

  private static List<String> saidAtARefusal(Launch launch) {
    try (Worker worker = launch.start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isEqualTo(2);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.reported(Worker.SELF)).as("main has run").isEmpty();
      return worker.stderr().lines().toList();
    }
  }

  @Test
  void helpNamesEveryOptionAndStartsNoWorker() {
    try (Worker worker = Launch.on(jdk).agent("help").start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.stdout() + worker.stderr()).contains(KEYS).doesNotContain("Exception");
      assertThat(worker.reported(Worker.SELF)).as("main has run").isEmpty();
    }
  }

  @Test
  void strictLetsAWorkerStartThatGetsAllItAskedFor() {
    try (Worker worker =
        Launch.on(jdk)
            .agent("strict=true,subreaper=true,process-group=true")
            .start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.stderr()).isEmpty();
      assertThat(worker.reported(Worker.SELF)).isNotEmpty();
    }
  }

  @Test
  void whatIsNotToBeHadHereCostsOneLineAndStopsOnlyAStrictWorker() {
    assumeThat(jdk.feature()).as("a JDK that calls C by itself lacks nothing").isLessThan(22);
    Launch launch = Launch.on(jdk).agent("subreaper=true").jvm("-Dos.arch=vax");
    try (Worker worker = launch.start(Children.class)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(worker.stderr().lines()).singleElement().asString().contains("subreaper");
    }
    expectStrictRefusal(
        Launch.on(jdk).agent("subreaper=true,strict=true").jvm("-Dos.arch=vax"), "subreaper");
  }

  @NeedsAgent
  @Test
  void operatorSwitchesTheAgentOffWhateverTheArgumentsSay() {
    for (String arguments : List.of("enabled=true,subreaper=true,log=debug", "no-such-key=1")) {
      Launch launch = Launch.on(jdk).agent(arguments).environment("REAPER_ENABLED", "false");
      expectChildToOutlive(launch);
    }
    expectChildToOutlive(Launch.on(jdk).agent("enabled=false"));
    expectChildToOutlive(Launch.on(jdk).agent("").jvm("-Dreaper.enabled=false"));
  }

  private static void expectChildToOutlive(Launch launch) {
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> !worker.reported("CHILD").isEmpty());
      worker.sayNothing();
      assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      assertThat(worker.stderr()).isEmpty();
      assertThat(worker.reported("CHILD")).allMatch(Proc::isAlive);
    }
  }

  @NeedsAgent
  @Test
  void workerWithASecurityManagerIsNotAttachedTo() throws IOException {
    assumeThat(jdk.feature()).isLessThan(24);
    Launch launch = Launch.on(jdk);
    Files.writeString(
        launch.dir().resolve("policy"), "grant { permission java.security.AllPermission; };");
    launch.jvm("-Djava.security.manager");
    launch.jvm("-Djava.security.policy==" + launch.dir().resolve("policy"));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      String pid = Long.toString(worker.self().pid());
      Answer answer = Answer.of(Launch.on(jdk).tool("attach", pid));
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.refused()).contains("SecurityManager");
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.reported("CHILD")).allMatch(Proc::isAlive);
    }
  }

  /** There is none since JDK 24 (JEP 486). */
  @NeedsAgent
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void securityManagerIsToldOfAndStrictWorkersAreNotStarted(boolean granted) throws IOException {
    assumeThat(jdk.feature()).isLessThan(24);
    for (boolean strict : new boolean[] {false, true}) {
      Launch launch = Launch.on(jdk).agent("subreaper=true,strict=" + strict);
      String all = "permission java.security.AllPermission;";
      Files.writeString(
          launch.dir().resolve("policy"),
          "grant codeBase \"file:%s/-\" { %s };%n".formatted(Launch.classes(), all)
              + (granted
                  ? "grant codeBase \"file:%s\" { %s };%n".formatted(Launch.agentJar(), all)
                  : ""));
      launch.jvm("-Djava.security.manager");
      launch.jvm("-Djava.security.policy==" + launch.dir().resolve("policy"));
      try (Worker worker = launch.start(Shell.class, "exit 0")) {
        worker.sayNothing();
        assertThat(worker.waitFor(20)).isEqualTo(strict ? 2 : 0);
        assertThat(worker.stdout()).isEqualTo(strict ? "" : Shell.READY);
        assertThat(worker.stderr().lines().filter(line -> line.startsWith("reaper-agent:")))
            .singleElement()
            .asString()
            .contains(granted ? "SecurityManager" : "access denied")
            .contains(strict ? "not started" : "without it");
      }
    }
  }

  /** It would be met, with whatever it waits for, while the agent weaves. */
  @NeedsAgent
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void providerOfAllFilesIsToldOfAndStrictWorkersAreNotStarted(boolean strict) {
    Launch launch = Launch.on(jdk).agent("strict=" + strict);
    launch.jvm("-Djava.nio.file.spi.DefaultFileSystemProvider=" + OwnFiles.class.getName());
    try (Worker worker = launch.start(Shell.class, "exit 0")) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isEqualTo(strict ? 2 : 0);
      assertThat(worker.stdout()).isEqualTo(strict ? "" : Shell.READY);
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("DefaultFileSystemProvider", strict ? "not started" : "without it");
    }
  }
}
