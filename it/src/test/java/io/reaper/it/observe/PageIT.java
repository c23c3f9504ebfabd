package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Browser;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a person does with the page in a browser: it is of a real worker, and made by it. */
@Tag("slow")
@NeedsAgent
class PageIT {
  private static final String BY_LINE = "[role=treeitem][aria-level=\"1\"]";
  private static final String PROCESS = "[role=treeitem]:not(.group)";
  private static final String GROUPS = "select";

  private Worker worker;
  private Instant before;
  private Instant after;
  private Path page;
  private Proc child;
  private Proc parent;
  private Proc grandchild;

  @BeforeEach
  void makeThePage() {
    Launch launch = Launch.on(Jdk.tested().get(0));
    page = launch.dir().resolve("page.html");
    before = Instant.now();
    worker =
        launch
            .agent("subreaper=true,dir=" + launch.dir().resolve("ledgers") + ",report=" + page)
            .start(ObeyingWorker.class);
    child = Orders.spawn(worker, "spawn", "CHILD");
    grandchild = Orders.spawn(worker, "setsid-grandchild", "GRANDCHILD");
    parent = Proc.of(grandchild.ppid()).orElseThrow();
    worker.say("status");
    worker.say("exit");
    assertThat(worker.waitFor(60)).as(worker.stderr()).isEqualTo(3);
    after = Instant.now();
  }

  @AfterEach
  void close() {
    if (worker != null) {
      worker.close();
    }
  }

  private static String row(Proc process) {
    return PROCESS + "[aria-label^=\"" + process.pid() + " \"]";
  }

  private static List<String> processes(Browser browser) throws Exception {
    return browser.texts(PROCESS + " .name i");
  }

  @Test
  void headerSaysWhichWorkerItWasAndHowItEnded() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      assertThat(browser.texts("h1"))
          .containsExactly("Processes of " + ObeyingWorker.class.getName());
      assertThat(browser.texts("#facts").get(0))
          .startsWith("pid " + worker.self().pid() + " on ")
          .contains("; JDK ", "; reaper-agent ", "; children+subreaper; ended in order at 20");
    }
  }

  @Test
  void descendantHangsBelowWhatStartedItAndFolds() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      String level = "document.querySelector('" + row(grandchild) + "').getAttribute('aria-level')";
      assertThat(browser.text(level)).isEqualTo("3");
      List<String> all = processes(browser);
      assertThat(all).hasSize(4);
      assertThat(all.indexOf(Long.toString(grandchild.pid())))
          .isEqualTo(all.indexOf(Long.toString(parent.pid())) + 1);
      browser.click(row(grandchild) + " .name");
      assertThat(browser.texts("#detail").get(0)).contains("below sh[" + parent.pid() + "], ");
      browser.click(row(parent) + " .fold");
      assertThat(processes(browser)).hasSize(3).doesNotContain("" + grandchild.pid());
      // The keys of a tree: to the right it opens, then goes below; to the left the way back.
      browser.value("document.getElementById('list').focus()");
      browser.click(row(parent) + " .name");
      browser.press("ArrowRight");
      assertThat(processes(browser)).hasSize(4);
      browser.press("ArrowRight");
      String picked = "document.querySelector('.picked').getAttribute('aria-label')";
      assertThat(browser.text(picked)).startsWith(grandchild.pid() + " ");
      browser.press("ArrowLeft");
      assertThat(browser.text(picked)).startsWith(parent.pid() + " ");
      browser.press("ArrowLeft");
      assertThat(processes(browser)).hasSize(3);
      browser.press("Enter");
      assertThat(processes(browser)).hasSize(4);
    }
  }

  @Test
  void searchFindsADescendantWithoutWhatItHangsBelow() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      browser.value("document.querySelector('input[type=search]').focus()");
      for (char digit : Long.toString(grandchild.pid()).toCharArray()) {
        browser.press(Character.toString(digit));
      }
      assertThat(processes(browser)).containsExactly("" + grandchild.pid());
    }
  }

  @Test
  void zoomShowsLessOfTheTimeInRoundStepsAndAllIsAllAgain() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      List<String> all = browser.texts("#axis span");
      browser.value("document.getElementById('list').focus()");
      for (int i = 0; i < 3; i++) {
        browser.press("+");
      }
      List<String> some = browser.texts("#axis span");
      assertThat(some).isNotEqualTo(all);
      browser.press("-");
      browser.click("button[aria-label=\"Zoom in\"]");
      assertThat(browser.texts("#axis span")).isEqualTo(some);
      browser.click("button[aria-label=\"All of the time\"]");
      assertThat(browser.texts("#axis span")).isEqualTo(all);
      List<String> ticks = new ArrayList<>(all);
      ticks.addAll(some);
      assertThat(ticks).allMatch(tick -> tick.matches("(0|[0-9.]+) s|[1-9][0-9]* ms"));
      for (List<String> shown : List.of(all, some)) {
        List<Double> millis = shown.stream().map(PageIT::millis).toList();
        double step = millis.get(1) - millis.get(0);
        assertThat(String.format("%.0f", step)).matches("[125]0*");
        assertThat(millis.get(0) % step).isZero();
      }
    }
  }

  private static double millis(String tick) {
    double value = Double.parseDouble(tick.substring(0, tick.indexOf(' ')));
    return Math.rint(tick.endsWith(" ms") ? value : value * 1000);
  }

  @Test
  void groupsAreThoseThatAreChosen() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      assertThat(browser.texts(BY_LINE + " .what"))
          .containsExactlyInAnyOrder("i.r.i.s.ObeyingWorker.spawn", "i.r.i.s.ObeyingWorker.does");
      assertThat(browser.texts(GROUPS + " option"))
          .containsExactly("line of Java", "command", "end");
      choose(browser, "command");
      assertThat(browser.texts(BY_LINE + " .what")).contains("sleep", "sh");
      // Its parent is in another group.
      String level = "document.querySelector('" + row(grandchild) + "').getAttribute('aria-level')";
      assertThat(browser.text(level)).isEqualTo("2");
      choose(browser, "end");
      assertThat(browser.texts(BY_LINE + " .what"))
          .containsExactly("killed by the agent", "failed: ended with a status other than 0");
    }
  }

  private static void choose(Browser browser, String group) throws Exception {
    browser.value(
        "(() => { const s = document.querySelector('select'); s.value = '"
            + group
            + "'; s.dispatchEvent(new Event('change')); })()");
  }

  @Test
  void csvHasALineForEachProcessWithTheTimesOfTheirLives() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      String csv = browser.download("button[aria-label=\"Save all as CSV\"]", "processes.csv");
      assertThat(csv).endsWith("\r\n");
      List<String> lines = csv.lines().toList();
      assertThat(lines).hasSize(5);
      assertThat(lines.get(0))
          .isEqualTo("pid,below_pid,worker,command,started_by,start,end,lifetime_ms,ending,note");
      String line =
          lines.stream().filter(each -> each.startsWith(grandchild.pid() + ",")).findFirst().get();
      assertThat(line)
          .startsWith(
              grandchild.pid()
                  + ","
                  + parent.pid()
                  + ",\""
                  + ObeyingWorker.class.getName()
                  + "["
                  + worker.self().pid()
                  + "] ")
          .contains("\"sleep 1000\"", ",\"killed by the agent\",\"SIGTERM, descendant of sh[");
      // Behind whatever numbers there are before them.
      String[] times = line.replaceFirst("^.*?,(?=\\d{4}-\\d\\d-\\d\\dT)", "").split(",");
      assertLife(Instant.parse(times[0]), Instant.parse(times[1]));
      assertThat(Instant.parse(times[1]).toEpochMilli() - Instant.parse(times[0]).toEpochMilli())
          .isEqualTo(Long.parseLong(times[2]));
    }
  }

  /** A start is known to a hundredth of a second. */
  private void assertLife(Instant start, Instant end) {
    assertThat(start).isBetween(before.minusMillis(20), after);
    assertThat(end).isBetween(start, after.plusMillis(20));
  }

  @Test
  void traceIsOneOfTheTraceEventFormatWithTheTimesOfTheirLives() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      String trace =
          browser.download("button[aria-label^=\"Save all as trace\"]", "processes.trace.json");
      JsonObject whole = JsonParser.parseString(trace).getAsJsonObject();
      assertThat(whole.get("displayTimeUnit").getAsString()).isIn("ms", "ns");
      JsonArray events = whole.getAsJsonArray("traceEvents");
      List<JsonObject> lives = new ArrayList<>();
      List<String> named = new ArrayList<>();
      for (JsonElement each : events) {
        JsonObject event = each.getAsJsonObject();
        String phase = event.get("ph").getAsString();
        assertThat(event.get("pid").getAsInt()).isPositive();
        assertThat(event.get("name").getAsString()).isNotEmpty();
        if (phase.equals("X")) {
          lives.add(event);
          assertThat(named).contains(event.get("pid") + "." + event.get("tid"));
        } else {
          assertThat(phase).isEqualTo("M");
          assertThat(event.get("name").getAsString())
              .isIn("process_name", "thread_name", "thread_sort_index");
          assertThat(event.get("args").isJsonObject()).isTrue();
          named.add(event.get("pid") + "." + event.get("tid"));
        }
      }
      assertThat(lives).hasSize(4);
      // Two lives in one thread would have to be one within the other.
      assertThat(lives)
          .extracting(each -> each.get("pid") + "." + each.get("tid"))
          .doesNotHaveDuplicates();
      for (JsonObject life : lives) {
        long start = life.get("ts").getAsLong() / 1000;
        long end = start + life.get("dur").getAsLong() / 1000;
        assertLife(Instant.ofEpochMilli(start), Instant.ofEpochMilli(end));
      }
      assertThat(lives)
          .filteredOn(
              each -> each.getAsJsonObject("args").get("pid").getAsLong() == grandchild.pid())
          .singleElement()
          .matches(each -> each.get("cat").getAsString().equals("killed by the agent"))
          .matches(
              each -> each.getAsJsonObject("args").get("below_pid").getAsLong() == parent.pid());
    }
  }

  @Test
  void axeFindsNothingWhateverTheWidthAndTheColours() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      for (String colours : List.of("light", "dark")) {
        browser.prefer(colours);
        for (int width : List.of(1400, 400)) {
          browser.resize(width);
          until(() -> browser.number("innerWidth") == width);
          assertThat(browser.violations()).as(colours + ", " + width).isEmpty();
        }
      }
      browser.click(row(parent) + " .name");
      assertThat(browser.violations()).as("one is picked").isEmpty();
    }
  }

  @Test
  void countsAreNeverCutOff() throws Exception {
    String cut =
        "[...document.querySelectorAll('.count, .leaks, .tools b')].filter((e) => {"
            + " const b = e.getBoundingClientRect(), n = e.closest('.name, button')"
            + ".getBoundingClientRect();"
            + " return e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'"
            + " || b.right > Math.min(innerWidth, n.right + 1) || b.left < 0; }).length";
    try (Browser browser = Browser.open(page, 1400)) {
      for (int width : List.of(1400, 721, 400, 320)) {
        browser.resize(width);
        until(() -> browser.number("innerWidth") == width);
        assertThat(browser.texts(".group .count")).containsOnlyOnce("3 processes", "1 process");
        assertThat(browser.number(cut)).as("at " + width).isZero();
        assertThat(browser.text("document.documentElement.dataset.fits")).isEqualTo("true");
      }
    }
  }

  @Test
  void whatLeakedOfALineOfJavaIsBeforeWhatDidNot() throws Exception {
    try (Browser browser = Browser.open(page, 1400)) {
      List<String> all = browser.texts(PROCESS + " .name");
      assertThat(all).hasSize(4);
      assertThat(all.indexOf(grandchild.pid() + " sleep 1000")).isNotNegative();
      assertThat(all.stream().filter(each -> each.endsWith(" sh -c exit 7")).map(all::indexOf))
          .singleElement()
          .isEqualTo(all.indexOf(grandchild.pid() + " sleep 1000") + 1);
      assertThat(processes(browser)).contains("" + child.pid());
    }
  }
}
