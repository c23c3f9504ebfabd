package io.reaper.it.crash;

import static io.reaper.it.crash.Sentinels.CHILD;
import static io.reaper.it.crash.Sentinels.Programs;
import static io.reaper.it.crash.Sentinels.expectCrashToBeSwept;
import static io.reaper.it.crash.Sentinels.launch;
import static io.reaper.it.crash.Sentinels.print;
import static io.reaper.it.crash.Sentinels.sentinel;
import static io.reaper.it.crash.Sentinels.settled;
import static io.reaper.it.crash.Sentinels.spawn;
import static io.reaper.it.crash.Sentinels.start;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Adopter;
import io.reaper.it.scenario.Children;
import io.reaper.it.support.End;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A sentinel that is killed: another takes its place, or its sweep goes on. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record KilledSentinelIT(Jdk jdk) {

  /** One that dies oftener at once is not replaced again. */
  private static final int KILLED = 4;

  private static final int MOST_DAEMONS = 200;

  @ParameterizedTest
  @EnumSource
  void sentinelThatIsKilledIsReplacedByOneThatWorks(Programs programs) throws IOException {
    Launch launch = launch(jdk, "subreaper=true,grace=0");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc first = spawn(worker);
      long start = System.nanoTime();
      killAndAwaitTheNext(worker, first);
      print(jdk, "replaced after", start, programs);
      until(worker, () -> childrenBesideItsSentinel(worker).equals(worker.reported(CHILD)));
      expectCrashToBeSwept(worker);
    }
  }

  /** Below a subreaper, the second sentinel is a child of the worker's. */
  private static List<Proc> childrenBesideItsSentinel(Worker worker) {
    List<Proc> sentinels = settled(worker);
    return Proc.childrenOf(worker.self().pid()).stream()
        .filter(child -> !sentinels.contains(child))
        .toList();
  }

  /** A worker below a process to which orphans come, its sentinel among them. */
  private Launch launchBelowSubreaper(String arguments) {
    return launch(jdk, arguments)
        .under(jdk.java().toString(), "-cp", NativeCode.classPath(), Adopter.class.getName());
  }

  /** Kills the first sentinel, as a raylet would that adopted it, and answers the next one. */
  private static Proc sentinelAfterTheFirst(Worker worker) {
    Proc first = spawn(worker);
    until(worker, () -> first.ppid() == worker.launched().pid());
    return killAndAwaitTheNext(worker, first);
  }

  private static Proc killAndAwaitTheNext(Worker worker, Proc sentinel) {
    sentinel.kill();
    until(worker, () -> settled(worker).stream().anyMatch(proc -> !proc.equals(sentinel)));
    return settled(worker).stream().filter(proc -> !proc.equals(sentinel)).findAny().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void sentinelThatItsAdopterKillsIsFollowedByAChildOfTheWorkers(Programs programs)
      throws IOException {
    Launch launch = launchBelowSubreaper("subreaper=true,process-group=true,grace=0");
    programs.prepare(launch);
    try (Worker worker = start(launch)) {
      Proc second = sentinelAfterTheFirst(worker);
      assertThat(second).matches(programs::makeIt, "is made of what there is");
      assertThat(second.ppid()).isEqualTo(worker.self().pid());
      assertThat(second.session()).isEqualTo(second.pid());
      expectCrashToBeSwept(worker);
    }
  }

  /** While the next one is started, the worker adopts no orphan for a moment. */
  @Test
  void daemonsThatAreStartedWhileSentinelsAreReplacedDieToo() throws IOException {
    Launch launch = launch(jdk, "subreaper=true,grace=0");
    Path daemonizing = launch.dir().resolve("daemonizing");
    String script =
        """
        #!/bin/sh
        [ "$(grep -c DAEMON report)" -ge %d ] || (setsid sh "$PWD/leaf" DAEMON &)
        """;
    Files.writeString(daemonizing, script.formatted(MOST_DAEMONS));
    assertThat(daemonizing.toFile().setExecutable(true)).isTrue();
    try (Worker worker = start(launch)) {
      Proc sentinel = spawn(worker);
      worker.say("keep-starting " + daemonizing);
      for (int killed = 0; killed < KILLED; killed++) {
        sentinel = killAndAwaitTheNext(worker, sentinel);
      }
      until(worker, () -> worker.reported("DAEMON").size() > MOST_DAEMONS / 2);
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(End.SYSTEM_EXIT.status());
      untilAsserted(() -> assertThat(worker.reported("DAEMON")).noneMatch(Proc::isAlive));
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  /** As a raylet does to what it has adopted when its round comes at that moment. */
  @Test
  void sweepGoesOnThoughTheSentinelIsKilledInTheMiddleOfIt() {
    try (Worker worker = launch(jdk, "subreaper=true,grace=2s").start(Children.class, "deaf")) {
      until(worker, () -> !worker.reported("DEAF").isEmpty());
      Proc deaf = worker.reported("DEAF").get(0);
      Proc sentinel = sentinel(worker);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      // While it waits for the worker's death it has children, too, but these only sleep.
      until(
          () ->
              Proc.childrenOf(sentinel.pid()).stream()
                  .anyMatch(child -> !Proc.childrenOf(child.pid()).isEmpty()));
      sentinel.kill();
      until(() -> !sentinel.isAlive());
      assertThat(deaf).matches(Proc::isAlive, "has its grace");
      until(() -> !deaf.isAlive());
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  @Test
  void sentinelThatTheWorkerDidNotLiveToEnterIsNotSweptUp() throws IOException {
    try (Worker worker = start(launch(jdk, "subreaper=true,grace=0"))) {
      Proc sentinel = spawn(worker);
      sentinel.signal("STOP");
      until(() -> sentinel.state() == 'T');
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      Ledgers.forgetTheSentinel(Traces.ledgerFiles(worker).get(0));
      sentinel.signal("CONT");
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
      assertThat(worker.reported(CHILD)).noneMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("killed 1 process: ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",subreaper=true", ",process-group=true"})
  void sentinelThatIsAChildOfTheWorkersIsNotTakenForOneThatIsLeft(String mode) {
    try (Worker worker = start(launchBelowSubreaper("leaks=fail" + mode))) {
      Proc sentinel = sentinelAfterTheFirst(worker);
      Proc child = worker.reported(CHILD).get(0);
      child.kill();
      until(() -> child.state() == 'X');
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.toString()).isZero();
      until(() -> !sentinel.isAlive());
      assertThat(Traces.of(worker)).isEmpty();
    }
  }
}
