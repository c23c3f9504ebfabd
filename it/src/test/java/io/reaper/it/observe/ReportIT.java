package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.EveryEnd;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Browser;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of all processes: made of real workers, and opened in a real browser. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ReportIT(Jdk jdk) {
  private static final String ROWS = "[role=treeitem]";
  private static final int MANY = Jdk.FULL ? 10_000 : 2_000;

  private static int count(Browser browser, String ending) throws Exception {
    for (String button : browser.texts(".tools button")) {
      if (button.contains(" " + ending)) {
        return Integer.parseInt(button.substring(0, button.indexOf(' ')));
      }
    }
    throw new AssertionError("no count of " + ending);
  }

  private static String shown(Browser browser, String what) throws Exception {
    return browser.text("document.documentElement.dataset." + what);
  }

  private Answer report(String... arguments) {
    Stream<String> words = Stream.concat(Stream.of("report"), Stream.of(arguments));
    return Answer.of(Launch.on(jdk).tool(words.toArray(String[]::new)));
  }

  private static void assertShowsTheFourEndings(Path page) throws Exception {
    try (Browser browser = Browser.open(page, 1200)) {
      assertThat(count(browser, "ended by itself")).isEqualTo(1);
      assertThat(count(browser, "failed")).isEqualTo(EveryEnd.EXITING - 1);
      assertThat(count(browser, "ended by a signal")).isEqualTo(EveryEnd.DESTROYED);
      assertThat(count(browser, "killed by the agent")).isEqualTo(EveryEnd.LEAKED);
      assertThat(count(browser, "still there")).isEqualTo(EveryEnd.KEPT);
      assertThat(shown(browser, "first")).isEqualTo(EveryEnd.class.getName() + ".leak");
      assertThat(shown(browser, "groups")).isEqualTo("4");
      assertThat(shown(browser, "fits")).isEqualTo("true");
      assertThat(browser.texts("#facts").get(0)).contains("; children; ended in order at ");
    }
  }

  private Launch lives(String more) {
    return Launch.on(jdk).agent("keep=" + EveryEnd.KEPT_NAME + more);
  }

  @Test
  void pageOfAWorkerWithTheOptionShowsWhatStartedWhatAndHowItEnded() throws Exception {
    Launch launch = lives("");
    Path page = launch.dir().resolve("page.html");
    launch.environment("REAPER_REPORT", page.toString());
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      assertShowsTheFourEndings(page);
    }
  }

  @Test
  void pageOfARecordingShowsTheSame() throws Exception {
    Launch launch = lives("");
    Path recording = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + recording + ",dumponexit=true");
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      Path page = worker.dir().resolve("recording.html");
      assertThat(report(recording.toString()).mustSucceed()).isEqualTo("wrote " + page + "\n");
      assertShowsTheFourEndings(page);
    }
  }

  @Tag("slow")
  @Test
  void thousandsOfProcessesAreOnePageThatDrawsOnlyWhatIsSeen() throws Exception {
    Launch launch = lives("");
    Path page = launch.dir().resolve("page.html");
    launch.environment("REAPER_REPORT", page.toString());
    try (Worker worker = launch.start(EveryEnd.class, Integer.toString(MANY))) {
      assertThat(worker.waitFor(120)).isZero();
      assertThat(Files.size(page)).isLessThan(10_000_000);
      try (Browser browser = Browser.open(page, 1200)) {
        assertThat(count(browser, "ended by itself") + count(browser, "failed"))
            .isEqualTo(MANY + EveryEnd.EXITING);
        assertThat(shown(browser, "first")).isEqualTo(EveryEnd.class.getName() + ".leak");
        assertThat(Integer.parseInt(shown(browser, "drawn"))).isBetween(4, 100);
      }
    }
  }

  /** A worker that was recorded, and is killed with a child and a grandchild left. */
  private Worker crashed(Path repository) {
    assumeThat(jdk.feature())
        .as("JFR writes while it records (JEP 349)")
        .isGreaterThanOrEqualTo(14);
    Launch launch = Launch.on(jdk);
    launch.jvm("-XX:FlightRecorderOptions=repository=" + repository, "-XX:StartFlightRecording");
    launch.agent(
        "subreaper=true,dir="
            + launch.dir().resolve("ledgers")
            + ",kill-log="
            + repository.resolve("kills.json"));
    Worker worker = launch.start(ObeyingWorker.class);
    try {
      Orders.spawn(worker, "spawn", "CHILD");
      Proc below = Orders.spawn(worker, "setsid-grandchild", "BELOW");
      until(worker, () -> isIn(launch.dir().resolve("ledgers"), below.pid() + " "));
      worker.say("status");
      // JFR writes what it has once a second, and what it has not written dies with the worker.
      until(worker, () -> hasRecorded(recording(repository), "reaper.ChildExited"));
      Orders.kill(worker);
      until(() -> !below.isAlive() && isIn(repository, "\"pid\":" + below.pid() + ","));
      until(() -> Proc.withCommand(launch.dir() + "/l").findAny().isEmpty());
      return worker;
    } catch (RuntimeException | Error failed) {
      worker.close();
      throw failed;
    }
  }

  private static Path recording(Path repository) throws IOException {
    try (Stream<Path> files = Files.walk(repository)) {
      return files.filter(each -> each.toString().endsWith(".jfr")).findFirst().orElse(null);
    }
  }

  private static boolean hasRecorded(Path recording, String event) {
    try {
      return recording != null
          && RecordingFile.readAllEvents(recording).stream()
              .anyMatch(each -> each.getEventType().getName().equals(event));
    } catch (IOException locked) {
      return false;
    }
  }

  private static boolean isIn(Path dir, String text) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.filter(each -> each.toString().matches(".*(ledger|json)")).toList()) {
        if (Files.readString(file).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void pageOfAKillLogShowsWhatACrashHasLeft() throws Exception {
    Path repository = Launch.on(jdk).dir();
    try (Worker worker = crashed(repository)) {
      report(repository.resolve("kills.json").toString()).mustSucceed();
      try (Browser browser = Browser.open(repository.resolve("kills.html"), 1400)) {
        assertThat(browser.texts("h1"))
            .containsExactly("Processes of " + ObeyingWorker.class.getName());
        assertThat(browser.texts("#facts").get(0))
            .startsWith("pid " + worker.self().pid() + " on ")
            .contains("; JDK " + jdk.feature(), "; reaper-agent ", "; children+subreaper; crashed");
        assertThat(count(browser, "killed by the agent")).isEqualTo(3);
        assertThat(browser.texts(ROWS + "[aria-level=\"3\"] .name"))
            .containsExactly(worker.reported("BELOW").get(0).pid() + " sleep 1000");
      }
    }
  }

  @Tag("slow")
  @Test
  void pageOfARecordingAndAKillLogShowsTheWholeLifeOfAWorkerThatWasKilled() throws Exception {
    Path repository = Launch.on(jdk).dir();
    try (Worker worker = crashed(repository)) {
      Path page = repository.resolve("page.html");
      String recording = recording(repository).toString();
      String kills = repository.resolve("kills.json").toString();
      Answer answer = report(kills, recording, "-o", page.toString());
      assumeThat(answer.refused()).as("killed while JFR wrote").doesNotContain("locked stream");
      answer.mustSucceed();
      try (Browser browser = Browser.open(page, 1400)) {
        assertThat(browser.texts("#facts").get(0))
            .startsWith("pid " + worker.self().pid() + " on ")
            .contains("; children+subreaper; crashed, and was swept up after at ");
        assertThat(count(browser, "killed by the agent")).isEqualTo(3);
        assertThat(count(browser, "failed")).isEqualTo(1);
        assertThat(count(browser, "still there")).isZero();
      }
    }
  }

  @Tag("slow")
  @Test
  void pageOfAKillLogOfManyWorkersIsOfAllOfThemOrOfTheOneThatIsAskedFor() throws Exception {
    Path dir = Launch.on(jdk).dir();
    Path kills = dir.resolve("kills.json");
    List<Long> workers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (Worker worker = lives(",kill-log=" + kills).start(EveryEnd.class, "0")) {
        assertThat(worker.waitFor(60)).isZero();
        workers.add(worker.launched().pid());
      }
    }
    Files.writeString(kills, "{\"torn\n", StandardOpenOption.APPEND);
    Path page = dir.resolve("page.html");
    for (String[] only : new String[][] {{}, {"--worker", workers.get(1).toString()}}) {
      List<String> words = new ArrayList<>(List.of(kills.toString(), "-o", page.toString()));
      words.addAll(List.of(only));
      report(words.toArray(String[]::new)).mustSucceed();
      try (Browser browser = Browser.open(page, 1400)) {
        int expected = only.length == 0 ? 2 : 1;
        assertThat(count(browser, "killed by the agent")).isEqualTo(expected * EveryEnd.LEAKED);
        assertThat(browser.texts("details li")).hasSize(only.length == 0 ? 2 : 0);
        assertThat(browser.texts("option")).hasSize(only.length == 0 ? 4 : 3);
      }
    }
  }

  @Test
  void pageThatCannotBeWrittenCostsALineAndNotTheStatus() {
    Launch launch = lives(",report=/none/such/page.html");
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stderr()).contains("[error] cannot write report=/none/such/page.html");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"absent", "empty", "text"})
  void whatIsNoRecordingIsOneLine(String kind) throws IOException {
    Path dir = Launch.on(jdk).dir();
    Path file = dir.resolve("a.jfr");
    if (!kind.equals("absent")) {
      Files.writeString(file, kind.equals("text") ? "some text that is no recording\n" : "");
    }
    Answer report = report(file.toString(), "-o", dir.resolve("p.html").toString());
    assertThat(report.status()).isEqualTo(1);
    assertThat(report.refused().lines())
        .singleElement()
        .asString()
        .contains("[error] cannot make ", file.toString());
    assertThat(dir.resolve("p.html")).doesNotExist();
  }

  @Test
  void recordingOfAJvmWithoutTheAgentSaysThatItHoldsNothing() {
    Launch launch = Launch.on(jdk);
    Path recording = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + recording + ",dumponexit=true");
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      Answer report = report(recording.toString());
      assertThat(report.status()).isEqualTo(1);
      assertThat(report.refused()).contains("it holds no event of the agent's");
    }
  }
}
