package io.reaper.it.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.EveryEnd;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of all processes: made of real workers, and opened in a real browser. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ReportIT(Jdk jdk) {
  private static final int MANY = Jdk.FULL ? 10_000 : 2_000;

  @BeforeEach
  void assumeAgent() {
    assumeThat(Launch.agentIsOff()).as("the agent is off").isFalse();
  }

  /** The page as the browser shows it, after its script has run. */
  private record Shown(String dom) {
    static Shown in(Path page, int width) {
      assumeThat(Machine.allows("chromium", "--version")).as("Chromium is here").isTrue();
      Launch launch = Launch.on(null);
      List<String> arguments =
          List.of(
              "--headless=new",
              "--no-sandbox",
              "--disable-gpu",
              "--user-data-dir=" + launch.dir().resolve("profile"),
              "--window-size=" + width + ",800",
              "--dump-dom",
              page.toUri().toString());
      try (Worker browser = launch.start(Path.of("chromium"), arguments)) {
        assertThat(browser.waitFor(60)).as(browser.stderr()).isZero();
        return new Shown(browser.stdout());
      }
    }

    private String find(String pattern) {
      Matcher matcher = Pattern.compile(pattern).matcher(dom);
      assertThat(matcher.find()).as(pattern + " in " + dom).isTrue();
      return matcher.group(1);
    }

    int number(String name) {
      return Integer.parseInt(find("data-" + name + "=\"(\\d+)\""));
    }

    String first() {
      return find("data-first=\"([^\"]*)\"");
    }

    int count(String ending) {
      return Integer.parseInt(find("<b>(\\d+)</b> " + ending));
    }

    boolean fits() {
      return Boolean.parseBoolean(find("data-fits=\"(\\w+)\""));
    }
  }

  private Worker tool(String... arguments) {
    List<String> words = new ArrayList<>(List.of("-jar", Launch.agentJar().toString()));
    words.addAll(List.of(arguments));
    return Launch.on(jdk).start(jdk.java(), words);
  }

  private static void assertShowsTheFourEndings(Path page) {
    Shown shown = Shown.in(page, 1200);
    assertThat(shown.count("ended by itself")).isEqualTo(1);
    assertThat(shown.count("failed")).isEqualTo(EveryEnd.EXITING - 1);
    assertThat(shown.count("ended by a signal")).isEqualTo(EveryEnd.DESTROYED);
    assertThat(shown.count("killed by the agent")).isEqualTo(EveryEnd.LEAKED);
    assertThat(shown.count("still there")).isEqualTo(EveryEnd.KEPT);
    assertThat(shown.first()).isEqualTo(EveryEnd.class.getName() + ".leak");
    assertThat(shown.number("groups")).isEqualTo(4);
    assertThat(shown.fits()).isTrue();
  }

  private Launch lives(String more) {
    return Launch.on(jdk).agent("keep=" + EveryEnd.KEPT_NAME + more);
  }

  @Test
  void pageOfAWorkerWithTheOptionShowsWhoStartedWhatAndHowItEnded() {
    Launch launch = lives("");
    Path page = launch.dir().resolve("page.html");
    launch.environment("REAPER_REPORT", page.toString());
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      assertShowsTheFourEndings(page);
    }
  }

  @Test
  void pageOfARecordingShowsTheSame() {
    Launch launch = lives("");
    Path recording = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + recording + ",dumponexit=true");
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      try (Worker report = tool("report", recording.toString())) {
        assertThat(report.waitFor(60)).as(report.stderr()).isZero();
        Path page = worker.dir().resolve("recording.html");
        assertThat(report.stdout()).isEqualTo("wrote " + page + "\n");
        assertShowsTheFourEndings(page);
      }
    }
  }

  @Test
  void thousandsOfProcessesAreOnePageThatDrawsOnlyWhatIsSeen() throws IOException {
    Launch launch = lives("");
    Path page = launch.dir().resolve("page.html");
    launch.environment("REAPER_REPORT", page.toString());
    try (Worker worker = launch.start(EveryEnd.class, Integer.toString(MANY))) {
      assertThat(worker.waitFor(120)).isZero();
      assertThat(Files.size(page)).isLessThan(10_000_000);
      Shown shown = Shown.in(page, 1200);
      assertThat(shown.count("ended by itself") + shown.count("failed"))
          .isEqualTo(MANY + EveryEnd.EXITING);
      assertThat(shown.first()).isEqualTo(EveryEnd.class.getName() + ".leak");
      assertThat(shown.number("drawn")).isBetween(4, 100);
    }
  }

  @Test
  void pageFitsANarrowWindow() {
    Launch launch = lives("");
    Path page = launch.dir().resolve("page.html");
    launch.environment("REAPER_REPORT", page.toString());
    try (Worker worker = launch.start(EveryEnd.class, "0")) {
      assertThat(worker.waitFor(60)).isZero();
      // Chromium's own least width.
      assertThat(Shown.in(page, 500).fits()).isTrue();
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
    try (Worker report = tool("report", file.toString(), "-o", dir.resolve("p.html").toString())) {
      assertThat(report.waitFor(60)).isEqualTo(1);
      assertThat(report.stderr().lines())
          .singleElement()
          .asString()
          .contains("[error] cannot make ", file.toString());
      assertThat(dir.resolve("p.html")).doesNotExist();
    }
  }

  @Test
  void recordingOfAJvmWithoutTheAgentSaysThatItHoldsNothing() {
    Launch launch = Launch.on(jdk);
    Path recording = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + recording + ",dumponexit=true");
    try (Worker worker = launch.start(EveryEnd.class, "0");
        Worker report = reportOf(worker, recording)) {
      assertThat(report.waitFor(60)).isEqualTo(1);
      assertThat(report.stderr()).contains("it holds no event of the agent's");
    }
  }

  private Worker reportOf(Worker worker, Path recording) {
    assertThat(worker.waitFor(60)).isZero();
    return tool("report", recording.toString());
  }
}
