package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a flight recording of a worker holds, and what it costs a worker that has none. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record JfrIT(Jdk jdk) {
  private static RecordedEvent of(List<RecordedEvent> events, String type, Proc process) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("reaper." + type))
        .filter(event -> event.getLong("pid") == process.pid())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type + " of " + process + " in " + events));
  }

  private static void startRecording(Jdk jdk, Worker worker, Path file) {
    String pid = Long.toString(worker.self().pid());
    try (Worker jcmd =
        Launch.on(jdk)
            .start(
                jdk.tool("jcmd"),
                List.of(pid, "JFR.start", "dumponexit=true", "filename=" + file))) {
      assertThat(jcmd.waitFor(30)).as(jcmd.stdout() + jcmd.stderr()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void recordingHoldsTheWholeLifeOfEachProcessAndItsEnd(boolean fromTheStart) throws IOException {
    Launch launch = Launch.on(jdk);
    Path ledgers = launch.dir().resolve("ledgers");
    launch.agent("subreaper=true,dir=" + ledgers);
    Path file = launch.dir().resolve("recording.jfr");
    if (fromTheStart) {
      launch.jvm("-XX:StartFlightRecording=filename=" + file + ",dumponexit=true");
    }
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      if (!fromTheStart) {
        Orders.spawn(worker, "spawn", "BEFORE");
        startRecording(jdk, worker, file);
      }
      worker.say("status");
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc orphan = Orders.spawn(worker, "setsid-grandchild", "ORPHAN");
      Proc parent = Proc.of(orphan.ppid()).orElseThrow();
      // What dies before the first look below it may have forked before it had its limit.
      until(worker, () -> isSeen(orphan, ledgers));
      parent.kill();
      until(worker, () -> orphan.ppid() == worker.self().pid() && !parent.isAlive());
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      RecordedEvent started = of(events, "ChildStarted", child);
      assertThat(started.getString("command")).startsWith("/bin/sh ").endsWith(" CHILD");
      assertThat(started.getStackTrace().getFrames())
          .anyMatch(
              frame -> frame.getMethod().getType().getName().equals(ObeyingWorker.class.getName()));
      assertThat(started.getString("startedBy")).startsWith(ObeyingWorker.class.getName());
      RecordedEvent leaked = of(events, "ProcessKilled", orphan);
      assertThat(leaked.getString("command")).isEqualTo("sleep 1000");
      assertThat(leaked.getString("startedBy")).startsWith(ObeyingWorker.class.getName());
      assertThat(leaked.getLong("memory")).isPositive();
      RecordedEvent killed = of(events, "ProcessKilled", child);
      assertThat(killed.getString("signal")).isEqualTo("TERM");
      assertThat(killed.getString("reason"))
          .contains("started by " + ObeyingWorker.class.getName());
      assertThat(killed.getDuration("took").toMillis()).isBetween(0L, 2000L);
      assertThat(events)
          .filteredOn(event -> event.getEventType().getName().equals("reaper.ChildExited"))
          .anyMatch(
              event ->
                  event.getInt("status") == 7
                      && event.getString("startedBy").startsWith(ObeyingWorker.class.getName()));
    }
  }

  @Tag("slow")
  @Test
  void jfrViewAndJfrPrintShowTheEventsAsTables() {
    Jdk viewing =
        Jdk.all().stream()
            .filter(each -> each.feature() >= 21 && Files.isExecutable(each.tool("jfr")))
            .findFirst()
            .orElse(null);
    assumeThat(viewing).as("a JDK from 21 on with jfr").isNotNull();
    Launch launch = Launch.on(jdk).agent("subreaper=true");
    Path file = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + file + ",dumponexit=true");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      String pid = String.format(Locale.ROOT, "%,d", child.pid());
      String table =
          jfr(viewing, "view", "--width", "300", "reaper.ProcessKilled", file.toString());
      assertThat(table).contains("Process Killed", "Process Id", "Command", "Started By", "Took");
      assertThat(table.lines().filter(line -> line.contains(" " + pid + " ")))
          .singleElement()
          .asString()
          .contains("sleep 1000", "TERM", "ObeyingWorker.spawn");
      assertThat(jfr(viewing, "view", "--width", "300", "ChildStarted", file.toString()))
          .contains(pid, "Child Started", " CHILD ");
      assertThat(jfr(viewing, "print", "--events", "reaper.*", file.toString()))
          .contains("reaper.WorkerInformation {", "modes = \"children+subreaper\"")
          .contains("reaper.ProcessKilled {", "pid = " + child.pid());
    }
  }

  private static String jfr(Jdk jdk, String... arguments) {
    Launch launch = Launch.on(jdk).environment("LC_ALL", "C");
    try (Worker jfr = launch.start(jdk.tool("jfr"), List.of(arguments))) {
      assertThat(jfr.waitFor(60)).as(jfr.stdout() + jfr.stderr()).isZero();
      return jfr.stdout();
    }
  }

  private static boolean isSeen(Proc descendant, Path ledgers) throws IOException {
    try (Stream<Path> files = Files.list(ledgers)) {
      for (Path ledger : files.filter(file -> file.toString().endsWith(".ledger")).toList()) {
        if (Files.readString(ledger).contains(descendant.pid() + " ")) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void nothingOfJfrIsLoadedWithoutARecording() {
    Launch launch = Launch.on(jdk).agent("subreaper=true");
    Path log = launch.dir().resolve("loaded");
    launch.jvm("-Xlog:class+load:file=" + log);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Orders.spawn(worker, "spawn", "CHILD");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(log).content().contains("io.reaper.core.observe.Observation");
      assertThat(log).content().doesNotContain("io.reaper.core.ondemand.jfr");
    }
  }

  @Test
  void adoptedOrphanIsInTheRecordingFromItsAdoptionToItsEnd() throws IOException {
    Launch launch = Launch.on(jdk).agent("subreaper=true,log=debug");
    Path file = launch.dir().resolve("recording.jfr");
    launch.jvm("-XX:StartFlightRecording=filename=" + file + ",dumponexit=true");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc orphan = Orders.spawn(worker, "setsid-grandchild", "ORPHAN");
      Proc parent = Proc.of(orphan.ppid()).orElseThrow();
      parent.kill();
      until(worker, () -> worker.stderr().contains("adopted " + orphan.pid()));
      Proc witness = Orders.spawn(worker, "spawn", "WITNESS");
      orphan.kill();
      until(worker, () -> orphan.state() == 'X');
      assertThat(witness.isAlive()).isTrue();
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertThat(of(events, "OrphanAdopted", orphan).getString("name")).isNotBlank();
      assertThat(of(events, "OrphanReaped", orphan).getDuration("adoptedFor")).isPositive();
    }
  }
}
