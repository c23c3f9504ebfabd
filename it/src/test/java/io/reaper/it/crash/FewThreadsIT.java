package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.End;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Threads and process slots are short when a worker starts its first process, and later are not.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record FewThreadsIT(Jdk jdk) {

  /** As many threads as a first start may want, the JDK's for each child among them. */
  private static final int MOST = 5;

  /** The exit status that leaks=fail gives. */
  private static final int LEAKED = 70;

  static Stream<Arguments> slotsAndModes() {
    return IntStream.rangeClosed(0, MOST)
        .boxed()
        .flatMap(
            free ->
                Stream.of("children=true", "subreaper=true").map(mode -> Arguments.of(free, mode)));
  }

  private Worker startShort(Cgroup1 pids, int free, String mode) throws IOException {
    Launch launch = Launch.on(jdk);
    launch.agent(mode + ",grace=0,leaks=fail,dir=" + Traces.ledgers(launch.dir()));
    Worker worker = pids.around(launch).start(ObeyingWorker.class);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    // The first use of a class may start a thread of the JDK's.
    worker.say("look");
    until(worker, () -> !worker.reported(ObeyingWorker.LOOKED).isEmpty());
    pids.set("pids.max", pids.get("pids.current") + free);
    worker.say("try");
    until(worker, () -> worker.stdout().contains("tried"));
    pids.set("pids.max", "max");
    return worker;
  }

  @ParameterizedTest
  @MethodSource("slotsAndModes")
  void laterStartsAreGuarded(int free, String mode) throws IOException {
    assumeThat(Cgroup1.isWritable("pids")).as("may limit process slots").isTrue();
    try (Cgroup1 pids = Cgroup1.create("pids");
        Worker worker = startShort(pids, free, mode)) {
      worker.say("spawn FIRST");
      until(worker, () -> !worker.reported("FIRST").isEmpty());
      worker.say("setsid-grandchild SECOND");
      until(worker, () -> !worker.reported("SECOND").isEmpty());
      until(worker, () -> Traces.isWatched(worker));
      Orders.kill(worker);
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported("FIRST").stream().noneMatch(it -> it.isAlive()));
      if (mode.startsWith("subreaper")) {
        until(() -> worker.reported("SECOND").stream().noneMatch(it -> it.isAlive()));
      }
    }
  }

  private static long lines(Worker worker, String words) {
    return worker.stdout().lines().filter(line -> line.matches(words)).count();
  }

  /** The JDK has no thread to wait for it, throws, and lets it run. */
  @ParameterizedTest
  @EnumSource(names = {"SYSTEM_EXIT", "SIGKILL"})
  void processWhoseStartHasFailedEndsWithTheWorker(End end) throws IOException {
    assumeThat(Cgroup1.isWritable("pids")).as("may limit process slots").isTrue();
    try (Cgroup1 pids = Cgroup1.create("pids");
        Worker worker = startShort(pids, MOST, "children=true")) {
      Proc held = Orders.spawn(worker, "spawn", "HELD");
      until(worker, () -> Traces.isWatched(worker));
      // Its child is in the ledger by the time that the worker has done what comes next.
      worker.say("look");
      until(worker, () -> worker.reported(ObeyingWorker.LOOKED).size() > 1);
      while (!worker.stdout().contains("unheld")) {
        // A thread that has waited for an earlier child may wait for this one.
        long answers = lines(worker, "held|unheld|refused");
        pids.set("pids.max", pids.get("pids.current") + 1);
        worker.say("spawn-unheld UNHELD");
        until(worker, () -> lines(worker, "held|unheld|refused") > answers);
        pids.set("pids.max", "max");
      }
      long forked = lines(worker, "held|unheld");
      until(worker, () -> worker.reported("UNHELD").size() == forked);
      end.bringTo(worker);
      assertThat(worker.waitFor(30)).isIn(end.status(), LEAKED);
      until(() -> !held.isAlive() && worker.reported("UNHELD").stream().noneMatch(Proc::isAlive));
      assertThat(worker.stderr()).contains(" has failed when it ran already; it ends with");
    }
  }

  @ParameterizedTest
  @MethodSource("slotsAndModes")
  void workerThatLeakedNothingEndsAsItWould(int free, String mode) throws IOException {
    assumeThat(Cgroup1.isWritable("pids")).as("may limit process slots").isTrue();
    try (Cgroup1 pids = Cgroup1.create("pids");
        Worker worker = startShort(pids, free, mode)) {
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(30)).as(worker.toString()).isEqualTo(End.SYSTEM_EXIT.status());
      assertThat(worker.stderr()).doesNotContain("[error]", "cannot weave");
    }
  }
}
