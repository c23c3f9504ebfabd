package io.reaper.it.end;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.End;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The order of things at a worker's orderly end, and what it costs. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record EndIT(Jdk jdk) {

  private static final String EVERY_MODE = "subreaper=true,process-group=true,";

  /** How long the worker took to end, and what it left. */
  private record Outcome(
      int status,
      Duration took,
      List<Proc> survivors,
      String stdout,
      String stderr,
      String heard) {}

  private Outcome end(String arguments, End end, String... children) throws IOException {
    Launch launch = Launch.on(jdk).agent(arguments);
    if (List.of(children).contains("stopped")) {
      launch.under("setsid");
    }
    try (Worker worker = launch.start(Children.class, children)) {
      until(worker, () -> isComplete(worker, children));
      long start = System.nanoTime();
      end.bringTo(worker);
      int status = worker.waitFor(30);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      return new Outcome(
          status,
          took,
          worker.reported().values().stream().flatMap(List::stream).filter(Proc::isAlive).toList(),
          worker.stdout(),
          worker.stderr(),
          read(worker, "heard") + read(worker, "signals"));
    }
  }

  private static boolean isComplete(Worker worker, String... children) {
    long expected =
        1 + Stream.of(children).filter(child -> !child.endsWith("-that-spawns")).count();
    return !worker.reported(Worker.SELF).isEmpty()
        && worker.reported().entrySet().stream()
                .filter(entry -> !entry.getKey().equals("FROM_THREAD"))
                .mapToInt(entry -> entry.getValue().size())
                .sum()
            == expected
        && worker.reported("STOPPED").stream().allMatch(stopped -> stopped.state() == 'T');
  }

  private static String read(Worker worker, String file) throws IOException {
    return Files.exists(worker.dir().resolve(file))
        ? Files.readString(worker.dir().resolve(file))
        : "";
  }

  @Test
  void childThatAnApplicationHookTalksToIsKilledOnlyAfterwards() throws IOException {
    Outcome outcome = end(EVERY_MODE + "grace=0", End.SYSTEM_EXIT, "listener");
    assertThat(outcome.heard.lines()).hasSize(10).last().isEqualTo("word 9");
    assertThat(outcome.stdout).isEmpty();
    assertThat(outcome.survivors).isEmpty();
  }

  @Test
  void obedientChildCostsNoGrace() throws IOException {
    Outcome outcome = end("grace=20s", End.MAIN_RETURNS, "obedient");
    assertThat(outcome.survivors).isEmpty();
    assertThat(outcome.took).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void childWhoseProcessTheApplicationHoldsTheMonitorOfCostsNoWaiting() throws IOException {
    Outcome outcome = end("grace=20s", End.MAIN_RETURNS, "held", "obedient");
    assertThat(outcome.survivors).isEmpty();
    assertThat(outcome.took).isLessThan(Duration.ofSeconds(10));
    assertThat(outcome.stderr.lines()).singleElement().asString().contains("killed 2 processes");
  }

  @Test
  void childWhoseCommandCanBeReadOnlyOnceDiesToo() throws IOException {
    Outcome outcome = end("grace=0", End.MAIN_RETURNS, "fickle");
    assertThat(outcome.survivors).isEmpty();
    assertThat(outcome.stderr.lines())
        .singleElement()
        .asString()
        .contains(Children.class.getName() + ".start(Children.java:");
  }

  @Test
  void deafChildrenCostOneGraceForAllOfThem() throws IOException {
    Outcome outcome = end("grace=3s", End.MAIN_RETURNS, "deaf", "deaf", "deaf", "obedient");
    assertThat(outcome.survivors).isEmpty();
    assertThat(outcome.took).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(6));
  }

  @Test
  void stoppedChildDiesWithoutGraceBeingWaitedFor() throws IOException {
    Outcome outcome = end("grace=20s", End.SIGTERM, "stopped");
    assertThat(outcome.survivors).isEmpty();
    assertThat(outcome.took).isLessThan(Duration.ofSeconds(10));
    assertThat(outcome.status).isEqualTo(143);
  }

  @Test
  void childHearsThePoliteSignalThatWasAskedFor() throws IOException {
    assertThat(end("grace=20s", End.MAIN_RETURNS, "teller").heard).isEqualTo("TERM\n");
    assertThat(end("grace=20s,signal=INT", End.MAIN_RETURNS, "teller").heard).isEqualTo("INT\n");
    assertThat(end("grace=20s,signal=USR1", End.SIGTERM, "teller").heard).isEqualTo("USR1\n");
  }

  @Test
  void childHearsNothingWhenThereIsNoGrace() throws IOException {
    Outcome outcome = end("grace=0", End.MAIN_RETURNS, "teller", "deaf");
    assertThat(outcome.heard).isEmpty();
    assertThat(outcome.survivors).isEmpty();
  }

  @Test
  void workerWithNothingToKillDoesNotWait() throws IOException {
    for (String mode : List.of("grace=20s", EVERY_MODE + "grace=20s")) {
      Outcome outcome = end(mode, End.SYSTEM_EXIT);
      assertThat(outcome.took).isLessThan(Duration.ofSeconds(10));
      assertThat(outcome.stderr).isEmpty();
    }
  }

  @Test
  void oneLineOnStderrSaysWhatWasKilledAndWhatStartedIt() throws IOException {
    Outcome outcome = end("grace=20s", End.MAIN_RETURNS, "obedient");
    assertThat(outcome.stderr.lines())
        .singleElement()
        .asString()
        .contains(Children.class.getName() + ".start(Children.java:");
    assertThat(outcome.stdout).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "SIGKILL|SIGSEGV|HALT|.*MEMORY")
  void leakFailsAWorkerThatWasAskedToHaveNone(End end) throws IOException {
    Outcome leaky = end("leaks=fail,log=error", end, "obedient");
    assertThat(leaky.status).isEqualTo(70);
    assertThat(leaky.survivors).isEmpty();
    assertThat(leaky.stderr.lines().filter(line -> line.startsWith("reaper-agent:")))
        .singleElement()
        .asString()
        .contains("leaks=fail", "70", Children.class.getName() + ".start(Children.java:");
    assertThat(end("leaks=fail", end).status).isEqualTo(end.status());
    assertThat(end("", end, "obedient").status).isEqualTo(end.status());
  }

  @Test
  void childThatAHookStartsDiesToo() throws IOException {
    Outcome outcome = end(EVERY_MODE + "grace=20s", End.SYSTEM_EXIT, "hook-that-spawns");
    assertThat(outcome.status).isEqualTo(3);
    assertThat(outcome.survivors).isEmpty();
  }

  @Test
  void childrenOfAThreadThatSpawnsUntilTheVeryEndDie() throws IOException {
    Outcome outcome = end(EVERY_MODE + "grace=1s", End.SYSTEM_EXIT, "thread-that-spawns");
    assertThat(outcome.status).isEqualTo(3);
    assertThat(outcome.survivors).isEmpty();
  }

  /** It was a member when it was told to end. */
  @Test
  void processThatLeavesTheGroupWhenItIsToldToEndDies() {
    Launch launch = Launch.on(jdk).agent("process-group=true,grace=1s").under("setsid");
    String child =
        """
        (
          trap 'exec setsid sh "$0/leaf" GONE' TERM
          echo "MEMBER" >>"$0/ready"
          while :; do :; done
        ) &
        wait
        """;
    try (Worker worker = launch.start(Shell.class, "echo WORKER $PPID >>report", child)) {
      until(worker, () -> Files.exists(worker.dir().resolve("ready")));
      worker.sayNothing();
      assertThat(worker.waitFor(30)).isZero();
      assertThat(worker.reported("GONE")).hasSize(1).noneMatch(Proc::isAlive);
    }
  }
}
