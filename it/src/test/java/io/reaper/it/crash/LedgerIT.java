package io.reaper.it.crash;

import static io.reaper.it.crash.DeadWorkers.OBEDIENT;
import static io.reaper.it.crash.DeadWorkers.killBoth;
import static io.reaper.it.crash.DeadWorkers.killWithItsSentinel;
import static io.reaper.it.crash.DeadWorkers.ledgerOf;
import static io.reaper.it.crash.DeadWorkers.ledgers;
import static io.reaper.it.crash.DeadWorkers.ledgersOf;
import static io.reaper.it.crash.DeadWorkers.sentinelOf;
import static io.reaper.it.crash.DeadWorkers.sweep;
import static io.reaper.it.crash.DeadWorkers.twoChildren;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a worker leaves behind that dies together with its sentinel is ended, and nothing else. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record LedgerIT(Jdk jdk) {

  private static final String LEFT = " is left to another sweep";

  @Test
  void sweepEndsWhatIsLeftOfAWorkerThatDiedWithItsSentinel() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      Answer answer = sweep(jdk, worker);
      assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
      assertThat(answer.refused().lines())
          .singleElement()
          .asString()
          .contains("worker " + worker.self().pid() + " is dead: killed 2 processes: ")
          .contains("[" + worker.reported(OBEDIENT).get(0).pid() + "]");
      assertThat(answer.said()).startsWith("swept up after 1 dead worker in ");
      assertThat(answer.status()).isZero();
      assertThat(ledgersOf(worker)).isEmpty();
      assertThat(sweep(jdk, worker).said()).startsWith("swept up after 0 dead workers in ");
    }
  }

  @Test
  void ledgerThatOneSweepIsAtWorkOnIsNoOthers() throws IOException {
    Launch launch = Launch.on(jdk);
    Path dir = ledgers(launch.dir());
    launch.agent("grace=3s,dir=" + dir);
    try (Worker worker = launch.start(Children.class, "deaf", "teller")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      until(worker, () -> worker.reported("DEAF").size() + worker.reported("TELLER").size() == 2);
      killBoth(worker.self(), sentinelOf(worker));
      try (Worker first = Launch.on(jdk).tool("sweep", "--dir", dir.toString())) {
        until(first, () -> Files.exists(worker.dir().resolve("signals")));
        Proc sweeper = first.launched();
        sweeper.signal("STOP");
        until(() -> sweeper.state() == 'T');
        assertThat(sweep(jdk, worker).mustSucceed())
            .startsWith("swept up after 0 dead workers in ");
        assertThat(worker.reported("DEAF")).singleElement().matches(Proc::isAlive);
        sweeper.signal("CONT");
        assertThat(first.waitFor(60)).isZero();
        assertThat(first.stdout()).startsWith("swept up after 1 dead worker in ");
      }
      assertThat(worker.reported("DEAF")).noneMatch(Proc::isAlive);
      assertThat(ledgersOf(worker)).isEmpty();
    }
  }

  /** As one does that was kept, and inherits the mark of a worker that is long dead. */
  @Test
  void sweepLeavesAloneWhatWasStartedAfterwardsWithTheMark() throws IOException {
    Launch launch = Launch.on(jdk).environment("REAPER_SUBREAPER", "true");
    try (Worker worker = twoChildren(jdk, launch, ledgers(launch.dir()))) {
      String limits = Files.readString(Path.of("/proc/" + worker.self().pid() + "/limits"));
      String mark = limits.replaceAll("(?s).*Max file locks +(\\d+).*", "$1");
      killWithItsSentinel(worker);
      Process later =
          new ProcessBuilder("prlimit", "--locks=" + mark + ":", "sleep", "1000").start();
      try {
        assertThat(sweep(jdk, worker).status()).isZero();
        assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
        assertThat(later.isAlive()).isTrue();
      } finally {
        later.destroyForcibly();
      }
    }
  }

  @Test
  void nextWorkerOfThatUserEndsWhatIsLeft() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      Path ledger = ledgerOf(worker);
      try (Worker next = twoChildren(jdk, Launch.on(jdk), ledgers(worker.dir()))) {
        until(() -> worker.reported(OBEDIENT).stream().noneMatch(Proc::isAlive));
        until(() -> !Files.exists(ledger));
        assertThat(next.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
        assertThat(next.stderr())
            .contains("worker " + worker.self().pid() + " is dead: killed 2 processes: ");
        assertThat(ledgersOf(worker)).as("of the next worker").hasSize(1);
      }
    }
  }

  /** It can end neither itself nor what is above it; what it would end is its own work. */
  @Test
  void workerBelowTheDeadOneLeavesThatLedgerToAnotherSweep() throws IOException {
    Launch launch = Launch.on(jdk);
    Path dir = launch.dir();
    Path below = dir.resolve("below");
    Files.writeString(
        below,
        """
        #!/bin/sh
        cd %s
        mkfifo orders
        while [ ! -e go ]; do sleep 0.02; done
        exec %s -javaagent:%s=log=info,dir=%s -cp %s %s "$PWD/report" obedient 2>said <>orders
        """
            .formatted(
                dir,
                jdk.java(),
                Launch.agentJar(),
                ledgers(dir),
                Launch.classes(),
                Children.class.getName()));
    below.toFile().setExecutable(true);
    launch.environment("PROGRAM", below.toString()).agent("subreaper=true,dir=" + ledgers(dir));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("program BELOW");
      until(worker, () -> !worker.reported("BELOW").isEmpty());
      until(worker, () -> Ledgers.name(ledgers(dir), worker.reported("BELOW").get(0)));
      until(worker, () -> !Ledgers.sentinels(ledgers(dir)).isEmpty());
      Path ledger = ledgerOf(worker);
      killBoth(worker.self(), Ledgers.sentinels(ledgers(dir)).get(0));
      Files.createFile(dir.resolve("go"));
      until(() -> worker.reported(Worker.SELF).size() == 2);
      untilAsserted(() -> assertThat(dir.resolve("said")).content().contains(LEFT));
      assertThat(worker.reported(OBEDIENT)).hasSize(1).allMatch(Proc::isAlive);
      assertThat(ledger).exists();
      assertThat(sweep(jdk, worker).status()).isZero();
      assertThat(worker.reported("BELOW")).noneMatch(Proc::isAlive);
      until(() -> worker.reported(OBEDIENT).stream().noneMatch(Proc::isAlive));
      until(() -> ledgersOf(worker).isEmpty());
    }
  }

  @Test
  void workerThatLivesIsLeftAlone() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      Answer answer = sweep(jdk, worker);
      assertThat(answer.refused()).isEmpty();
      assertThat(answer.said()).startsWith("swept up after 0 dead workers");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
      assertThat(worker.isAlive()).isTrue();
      assertThat(ledgersOf(worker)).hasSize(1);
    }
  }
}
