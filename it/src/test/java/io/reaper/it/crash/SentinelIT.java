package io.reaper.it.crash;

import static io.reaper.it.crash.Sentinels.CHILD;
import static io.reaper.it.crash.Sentinels.Programs;
import static io.reaper.it.crash.Sentinels.expectCrashToBeSwept;
import static io.reaper.it.crash.Sentinels.launch;
import static io.reaper.it.crash.Sentinels.order;
import static io.reaper.it.crash.Sentinels.print;
import static io.reaper.it.crash.Sentinels.sentinel;
import static io.reaper.it.crash.Sentinels.spawn;
import static io.reaper.it.crash.Sentinels.start;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sentinel: when it is there, what sees it, and what it costs and endures. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record SentinelIT(Jdk jdk) {

  private static final Map<String, Integer> DEAF_TO = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private static final Duration IDLE = Duration.ofSeconds(3);

  @Test
  void sentinelIsStartedAtTheFirstSpawnAndNotBefore() {
    try (Worker worker = start(launch(jdk, "subreaper=true,process-group=true"))) {
      worker.say("look");
      until(worker, () -> !worker.reported(ObeyingWorker.LOOKED).isEmpty());
      assertThat(Traces.of(worker)).isEmpty();
      spawn(worker);
      assertThat(Traces.ledgerFiles(worker)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sentinelIsInNoGroupOrSessionOfTheWorkersAndNotItsChild(Programs programs)
      throws IOException {
    Launch launch = launch(jdk, "subreaper=true,process-group=true");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc sentinel = spawn(worker);
      Proc child = worker.reported(CHILD).get(0);
      // Its starter is a child for a moment: a JVM takes its time to end.
      until(worker, () -> Traces.sentinels(worker).equals(List.of(sentinel)));
      until(worker, () -> Proc.childrenOf(worker.self().pid()).equals(List.of(child)));
      assertThat(sentinel).matches(programs::makeIt, "is made of what there is");
      if (programs == Programs.SH_AND_SETSID) {
        assertThat(sentinel.status("Name")).isEqualTo("reaper-sentinel");
      }
      assertThat(sentinel.pgrp()).isNotEqualTo(worker.self().pgrp());
      assertThat(sentinel.session()).isNotEqualTo(worker.self().session());
      assertThat(sentinel.ppid()).isNotEqualTo(worker.self().pid());

      worker.say("look");
      until(worker, () -> !worker.reported(ObeyingWorker.LOOKED).isEmpty());
      assertThat(worker.reported(ObeyingWorker.VISIBLE_CHILD)).containsExactly(child);
      assertThat(worker.reported(ObeyingWorker.VISIBLE_DESCENDANT)).containsExactly(child);
    }
  }

  /** Process.waitFor would throw there at once, and leave the starter running. */
  @ParameterizedTest
  @ValueSource(strings = {"children=true", "subreaper=true"})
  void firstStartOnAnInterruptedThreadIsWatchedLikeAnyOther(String mode) {
    try (Worker worker = start(launch(jdk, mode + ",grace=0"))) {
      Proc child = order(worker, "spawn-interrupted", CHILD);
      Proc sentinel = sentinel(worker);
      until(worker, () -> worker.stdout().equals("interrupted: true\n"));
      until(worker, () -> Proc.childrenOf(worker.self().pid()).equals(List.of(child)));
      assertThat(sentinel.ppid()).isNotEqualTo(worker.self().pid());
      expectCrashToBeSwept(worker);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sentinelIsDeafToPoliteSignalsAndDoesItsWorkAfterThem(Programs programs) throws IOException {
    Launch launch = launch(jdk, "grace=0");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc sentinel = spawn(worker);
      untilAsserted(() -> assertThat(DEAF_TO.values()).allMatch(sentinel::ignores));
      DEAF_TO.keySet().forEach(sentinel::signal);
      assertThat(sentinel(worker)).isEqualTo(sentinel);
      expectCrashToBeSwept(worker);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sentinelOnItsWayIsNotTakenForOneThatIsLeft(Programs programs) throws IOException {
    Launch launch = launch(jdk, "leaks=fail");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc child = order(worker, "spawn", CHILD);
      child.kill();
      until(() -> !child.isAlive());
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.toString()).isZero();
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void sentinelEndsWithAnOrderlyWorkerAndLeavesNoFile(Programs programs) throws IOException {
    Launch launch = launch(jdk, "grace=0");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc sentinel = spawn(worker);
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).isZero();
      long start = System.nanoTime();
      until(() -> !sentinel.isAlive());
      print(jdk, "ended after", start, programs);
      assertThat(Traces.of(worker)).isEmpty();
    }
  }

  @Test
  void keepAndOtherOptionsReachTheSentinelAndDoNotReplaceIt() throws IOException {
    try (Worker worker = start(launch(jdk, "subreaper=true,grace=0"))) {
      Proc sentinel = spawn(worker);
      for (String options : List.of("grace=1s", "signal=INT", "log=info")) {
        attach(worker, options);
      }
      assertThat(sentinel(worker)).isEqualTo(sentinel);
      assertThat(Files.readAllLines(Traces.ledgerFiles(worker).get(0)))
          .anyMatch(line -> line.startsWith("do children,subreaper INT 1000 info "));
      expectCrashToBeSwept(worker);
    }
  }

  private void attach(Worker worker, String options) {
    String pid = Long.toString(worker.self().pid());
    Answer.of(Launch.on(jdk).tool("attach", pid, options)).mustSucceed();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nuprocess", "posix_spawn"})
  void childThatNativeCodeForkedAndLeftDoesNotHoldTheLifelineOpen(String how) {
    // That of the default: what is not recorded lives on, here to show that it still runs.
    Launch launch = NativeCode.in(launch(jdk, "grace=0"));
    try (Worker worker = start(launch)) {
      Proc sentinel = spawn(worker);
      until(worker, () -> isCloseOnExec(worker.self(), sentinel.open(0)));
      Proc nativeChild = order(worker, how, "NATIVE");
      expectCrashToBeSwept(worker);
      assertThat(nativeChild).matches(Proc::isAlive, "still runs");
    }
  }

  /** proc(5), /proc/PID/fdinfo: the flags are those of open(2), in octal. */
  private static boolean isCloseOnExec(Proc worker, String pipe) {
    Path directory = Path.of("/proc", Long.toString(worker.pid()));
    try (Stream<Path> descriptors = Files.list(directory.resolve("fdinfo"))) {
      List<Path> ofPipe =
          descriptors
              .filter(each -> worker.open(Integer.parseInt(each.toFile().getName())).equals(pipe))
              .toList();
      for (Path each : ofPipe) {
        if (!Files.readString(each).matches("(?s).*flags:\\s+02\\d{6}\\s.*")) {
          return false;
        }
      }
      return !ofPipe.isEmpty();
    } catch (IOException changed) {
      return false;
    }
  }

  @Test
  void idleSentinelDoesNotWakeUp() throws IOException {
    try (Worker worker = start(launch(jdk, "subreaper=true"))) {
      Proc sentinel = spawn(worker);
      until(() -> sentinel.state() == 'S');
      String before = sentinel.status("voluntary_ctxt_switches");
      LockSupport.parkNanos(IDLE.toNanos());
      assertThat(sentinel.status("voluntary_ctxt_switches")).isNotEmpty().isEqualTo(before);
      System.out.println(jdk + ": the sentinel's private memory is " + privateKilobytes(sentinel));
      assertThat(privateKilobytes(sentinel)).isLessThan(500);
    }
  }

  @Test
  void threadsOfTheAgentDoNotWakeUpWhenNoChildIsThere() {
    try (Worker worker = start(launch(jdk, "subreaper=true,process-group=true"))) {
      spawn(worker);
      Proc child = worker.reported(CHILD).get(0);
      child.kill();
      until(() -> child.state() == 'X');
      // The housekeeper looks once or twice more before it rests.
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      Map<String, String> before = wakeUpsOfTheAgent(worker.self());
      LockSupport.parkNanos(IDLE.toNanos());
      assertThat(wakeUpsOfTheAgent(worker.self())).isNotEmpty().isEqualTo(before);
    }
  }

  private static Map<String, String> wakeUpsOfTheAgent(Proc worker) {
    Map<String, String> wakeUps = new TreeMap<>();
    Path tasks = Path.of("/proc", Long.toString(worker.pid()), "task");
    for (String task : tasks.toFile().list()) {
      String status = read(tasks.resolve(task).resolve("status"));
      if (status.startsWith("Name:\treaper-")) {
        wakeUps.put(
            task + " " + status.lines().findFirst().orElse(""),
            status
                .lines()
                .filter(line -> line.startsWith("voluntary_ctxt_switches"))
                .collect(Collectors.joining()));
      }
    }
    return wakeUps;
  }

  private static long privateKilobytes(Proc proc) {
    return read(Path.of("/proc", Long.toString(proc.pid()), "smaps_rollup"))
        .lines()
        .filter(line -> line.startsWith("Private_"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      // A thread that has just ended.
      return "";
    }
  }
}
