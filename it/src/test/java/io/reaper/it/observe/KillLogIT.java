package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Shells;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What kill-log= holds of an orderly end, of a crash by whatever ends the processes, and of run.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record KillLogIT(Jdk jdk) {
  private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();

  private static final List<String> KEYS =
      List.of(
          "time",
          "host",
          "by",
          "worker_pid",
          "worker_start",
          "worker_main",
          "worker_jdk",
          "worker_modes",
          "agent_version",
          "worker_end",
          "result",
          "pid",
          "parent_pid",
          "child_pid",
          "name",
          "command",
          "age_ms",
          "memory_bytes",
          "reason",
          "started_by",
          "signal",
          "took_ms",
          "why_left");

  private static Path file(Worker worker) {
    return worker.dir().resolve("kills.json");
  }

  private static Worker obeying(Launch launch, String options) {
    Path dir = launch.dir();
    String where = "dir=" + dir.resolve("ledgers") + ",kill-log=" + dir.resolve("kills.json");
    return launch.agent(options + where).start(ObeyingWorker.class);
  }

  private static List<String> lines(Worker worker) throws IOException {
    return Files.readAllLines(file(worker));
  }

  /** The line of a process, which is whole and has every key in its place. */
  private static JsonObject line(Worker worker, Proc process) throws IOException {
    List<JsonObject> its = new ArrayList<>();
    for (String line : lines(worker)) {
      JsonObject object = STRICT.fromJson(line, JsonObject.class);
      if (object.get("pid").getAsLong() == process.pid()) {
        its.add(object);
      }
    }
    assertThat(its).as(lines(worker).toString()).hasSize(1);
    assertThat(its.get(0).keySet()).containsExactlyElementsOf(KEYS);
    return its.get(0);
  }

  private static String text(JsonObject line, String key) {
    assertThat(line.getAsJsonPrimitive(key).isString()).as(key).isTrue();
    return line.get(key).getAsString();
  }

  private static long number(JsonObject line, String key) {
    assertThat(line.getAsJsonPrimitive(key).isNumber()).as(key).isTrue();
    return line.get(key).getAsLong();
  }

  private static void assertLine(Worker worker, Proc process, String end) throws IOException {
    JsonObject line = line(worker, process);
    assertThat(text(line, "result")).isEqualTo("killed");
    assertThat(text(line, "worker_main")).isEqualTo(ObeyingWorker.class.getName());
    assertThat(number(line, "worker_pid")).isEqualTo(worker.self().pid());
    assertThat(number(line, "worker_start")).isEqualTo(worker.self().start());
    assertThat(text(line, "agent_version")).isNotEmpty();
    assertThat(text(line, "worker_end")).isEqualTo(end);
    assertThat(text(line, "name")).isEqualTo("sleep");
    assertThat(text(line, "command")).isEqualTo("sleep 1000");
    assertThat(text(line, "signal")).isEqualTo("TERM");
    assertThat(text(line, "host"))
        .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    assertThat(number(line, "memory_bytes")).isBetween(4096L, 100L << 20);
    assertThat(number(line, "age_ms")).isLessThan(600_000);
    assertThat(number(line, "took_ms")).isLessThan(600_000);
    // The kernel tells the time of boot in whole seconds.
    assertThat(Instant.parse(text(line, "time")))
        .isBetween(Instant.now().minusSeconds(600), Instant.now().plusSeconds(2));
  }

  @Test
  void orderlyEndIsALineForEachProcess() throws Exception {
    try (Worker worker = obeying(Launch.on(jdk), "subreaper=true,")) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc grandchild = Orders.spawn(worker, "setsid-grandchild", "GRANDCHILD");
      worker.say("return");
      worker.waitFor(30);
      assertLine(worker, child, "orderly");
      assertLine(worker, grandchild, "orderly");
      JsonObject line = line(worker, child);
      assertThat(text(line, "by")).isEqualTo("worker");
      assertThat(text(line, "worker_jdk")).startsWith("" + jdk.feature());
      assertThat(text(line, "worker_modes")).isEqualTo("children+subreaper");
      assertThat(number(line, "parent_pid")).isEqualTo(worker.self().pid());
      assertThat(number(line(worker, grandchild), "parent_pid"))
          .isEqualTo(number(line(worker, grandchild), "child_pid"))
          .isNotEqualTo(worker.self().pid());
      assertThat(text(line, "started_by")).startsWith(ObeyingWorker.class.getName() + ".spawn(");
      assertThat(text(line(worker, grandchild), "reason")).startsWith("descendant of sh[");
      assertThat(text(line(worker, grandchild), "started_by"))
          .startsWith(ObeyingWorker.class.getName());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dash, children=true",
    "bash, children=true",
    "busybox, children=true",
    "dash, process-group=true",
    "bash, process-group=true",
    "dash, subreaper=true",
  })
  void crashIsALineForEachProcessWhateverTheShell(String shell, String mode) throws Exception {
    try (Worker worker = obeying(Shells.first(shell, Launch.on(jdk)), mode + ",")) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      Orders.kill(worker);
      until(() -> !child.isAlive() && !other.isAlive() && lines(worker).size() >= 2);
      assertLine(worker, child, "crash");
      assertLine(worker, other, "crash");
      assertThat(text(line(worker, child), "by")).isEqualTo("sentinel");
      assertThat(text(line(worker, child), "worker_jdk")).startsWith("" + jdk.feature());
      assertThat(text(line(worker, child), "worker_modes")).contains(mode.replace("=true", ""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox"})
  void logThatAttachAsksForHoldsWhatTheShellEndsAfterACrash(String shell) throws Exception {
    Launch launch = Shells.first(shell, Launch.on(jdk));
    try (Worker worker =
        launch.agent("dir=" + Traces.ledgers(launch.dir())).start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      until(worker, () -> Traces.isWatched(worker));
      Proc sentinel = Traces.sentinels(worker).get(0);
      String pid = Long.toString(worker.self().pid());
      Answer.of(Launch.on(jdk).tool("attach", pid, "kill-log=" + file(worker))).mustSucceed();
      until(worker, () -> !sentinel.isAlive() && Traces.sentinels(worker).size() == 1);
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      Orders.kill(worker);
      until(() -> !child.isAlive() && !other.isAlive() && lines(worker).size() >= 2);
      assertLine(worker, child, "crash");
      assertLine(worker, other, "crash");
      assertThat(text(line(worker, child), "by")).isEqualTo("sentinel");
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.stderr()).doesNotContain("the sentinel is gone");
    }
  }

  @Test
  void memberOfTheGroupThatWasNotRecordedIsALineToo() throws Exception {
    try (Worker worker = obeying(Launch.on(jdk), "process-group=true,")) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc below = Orders.spawn(worker, "keep-below", "BELOW");
      Orders.kill(worker);
      until(() -> !child.isAlive() && lines(worker).size() >= 3);
      assertLine(worker, child, "crash");
      JsonObject kept = line(worker, below);
      assertThat(text(kept, "result")).isEqualTo("left");
      assertThat(text(kept, "why_left")).startsWith("kept");
    }
  }

  @Test
  void sweeperWritesWhatTheSentinelCannotSee() throws Exception {
    try (Worker worker = obeying(Launch.on(jdk), "subreaper=true,keep=nobody,")) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc grandchild = Orders.spawn(worker, "setsid-grandchild", "GRANDCHILD");
      Orders.kill(worker);
      until(() -> !child.isAlive() && !grandchild.isAlive() && lines(worker).size() >= 3);
      assertLine(worker, child, "crash");
      assertLine(worker, grandchild, "crash");
      assertThat(text(line(worker, child), "by")).isEqualTo("sweeper");
    }
  }

  @Test
  void processThatMayOutliveTheWorkerIsALineWithTheReason() throws Exception {
    try (Worker worker = obeying(Launch.on(jdk), "keep=sleep,")) {
      Proc kept = Orders.spawn(worker, "spawn", "KEPT");
      worker.say("return");
      worker.waitFor(30);
      JsonObject line = line(worker, kept);
      assertThat(text(line, "result")).isEqualTo("left");
      assertThat(text(line, "why_left")).startsWith("kept: ");
      assertThat(text(line, "command")).isEqualTo("sleep 1000");
      assertThat(kept.isAlive()).isTrue();
    }
  }

  @Test
  void metricsCountTheLinesAndReplaceTheirFileAtOnce() throws Exception {
    try (Worker worker = obeying(Launch.on(jdk), "")) {
      Orders.spawn(worker, "spawn", "CHILD");
      worker.say("return");
      worker.waitFor(30);
      Path out = worker.dir().resolve("reaper.prom");
      Files.writeString(out, "old");
      Answer metrics =
          Answer.of(
              Launch.on(jdk)
                  .tool("metrics", "--kill-log", file(worker).toString(), "--out", out.toString()));
      assertThat(metrics.status()).isZero();
      assertThat(metrics.refused()).isEmpty();
      assertThat(Files.readString(out))
          .doesNotContain("old")
          .containsPattern(
              "\nreaper_killed_processes_total\\{worker_main=\""
                  + ObeyingWorker.class.getName()
                  + "\",worker_end=\"orderly\",by=\"worker\",started_by=\"[^\"]+\\)\"} 1\n");
      assertPrometheusReads(out);
    }
  }

  private static void assertPrometheusReads(Path metrics) {
    Launch promtool = Launch.on(null).under("sh", "-c", "exec \"$@\" <" + metrics, "sh");
    if (Machine.allows("promtool", "--version")) {
      try (Worker check = promtool.start(Path.of("promtool"), List.of("check", "metrics"))) {
        assertThat(check.waitFor(60)).as(check.stderr()).isZero();
        assertThat(check.stderr()).isEmpty();
      }
    }
  }

  @Test
  void runWritesWhatItsCommandHasLeft() throws Exception {
    Launch launch = Launch.on(jdk);
    Path kills = launch.dir().resolve("kills.json");
    String script = "sh \"$0\" LEFT & until grep -q LEFT report; do sleep 0.01; done; exit 7";
    String leaf = Worker.leaf(launch.dir()).toString();
    try (Worker run =
        launch.tool("run", "--kill-log", kills.toString(), "sh", "-c", script, leaf)) {
      assertThat(run.waitFor(60)).isEqualTo(7);
      JsonObject line = line(run, run.reported("LEFT").get(0));
      assertThat(text(line, "by")).isEqualTo("run");
      assertThat(text(line, "worker_main")).isEqualTo("sh");
      assertThat(text(line, "worker_end")).isEqualTo("status 7");
      assertThat(text(line, "command")).isEqualTo("sleep 1000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe", "missing/kills.json"})
  void fileThatCannotBeWrittenStopsTheJvmInOneLine(String name) throws Exception {
    Launch launch = Launch.on(jdk);
    Path file = launch.dir().resolve(name);
    if (name.equals("pipe")) {
      assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    }
    try (Worker worker = launch.agent("kill-log=" + file).start(ObeyingWorker.class)) {
      assertThat(worker.waitFor(30)).isEqualTo(2);
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("cannot write kill-log=" + file);
    }
  }

  @Test
  void logNamesAllAtInfoAndTenOtherwise() throws Exception {
    for (String level : List.of("warn", "info")) {
      try (Worker worker = obeying(Launch.on(jdk), "log=" + level + ",")) {
        for (int i = 0; i < 12; i++) {
          Orders.spawn(worker, "spawn", "CHILD" + i);
        }
        worker.say("return");
        worker.waitFor(Math.toIntExact(Duration.ofMinutes(1).toSeconds()));
        assertThat(worker.stderr()).contains("killed 12 processes");
        int named = worker.stderr().split("\\) \"sleep 1000\"", -1).length - 1;
        assertThat(named).isEqualTo(level.equals("info") ? 12 : 10);
        assertThat(worker.stderr().contains("and 2 more")).isEqualTo(level.equals("warn"));
      }
    }
  }
}
