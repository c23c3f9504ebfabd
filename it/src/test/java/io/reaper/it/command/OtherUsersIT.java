package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What root is shown of the workers of another user, living and dead. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record OtherUsersIT(Jdk jdk) {
  @BeforeEach
  void assumeRoot() {
    assumeThat(Machine.allows(Machine.NOBODY)).as("this user may be another").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("nobody can run the agent").isTrue();
  }

  private Worker nobodys(String options) throws Exception {
    Launch launch = Launch.on(jdk).under(Machine.NOBODY);
    Machine.open(launch.dir());
    Path tmp = launch.dir();
    Worker worker =
        launch
            .jvm("-Djava.io.tmpdir=" + tmp)
            .agent("children=true" + options.replace("DIR", tmp.toString()))
            .start(ObeyingWorker.class);
    return Machine.closedUnless(worker, () -> worker.self().isAlive());
  }

  private String said(Worker worker, String... arguments) {
    Launch launch = Launch.on(jdk).jvm("-Djava.io.tmpdir=" + worker.dir());
    return Answer.of(launch.tool(arguments)).mustSucceed();
  }

  private static Proc sentinelOf(Worker worker) {
    String dir = worker.dir() + "/";
    List<Proc> sentinels =
        Proc.withCommand("reaper-sentinel")
            .filter(each -> each.commandLine().contains(dir))
            .filter(each -> each.ppid() != worker.self().pid())
            .toList();
    return sentinels.size() == 1 ? sentinels.get(0) : null;
  }

  @Test
  void deadWorkerOfAnotherUserIsShownWithWhatItHasLeft() throws Exception {
    try (Worker worker = nobodys("")) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Orders.settle(worker);
      until(worker, () -> sentinelOf(worker) != null);
      Proc sentinel = sentinelOf(worker);
      sentinel.signal("STOP");
      until(() -> sentinel.state() == 'T');
      Proc.signal("KILL", List.of(worker.self(), sentinel));
      until(() -> !sentinel.isAlive() && !worker.isAlive());
      String pid = Long.toString(worker.self().pid());
      assertThat(said(worker, "ps", "-A").lines())
          .filteredOn(line -> line.startsWith(pid + " "))
          .singleElement()
          .asString()
          .contains(" nobody ", "dead, and not swept up after");
      assertThat(said(worker, "ps").lines()).noneMatch(line -> line.startsWith(pid + " "));
      assertThat(said(worker, "tree", pid)).contains("[" + child.pid() + "] killed");
      assertThat(child.isAlive()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",dir=DIR/elsewhere"})
  void livingWorkerOfAnotherUserIsShownWhereverItsLedgerIs(String options) throws Exception {
    try (Worker worker = nobodys(options)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Orders.settle(worker);
      until(worker, () -> sentinelOf(worker) != null);
      String pid = Long.toString(worker.self().pid());
      assertThat(said(worker, "ps", "-A").lines())
          .filteredOn(line -> line.startsWith(pid + " "))
          .singleElement()
          .asString()
          .contains(" nobody ", ObeyingWorker.class.getName());
      assertThat(said(worker, "tree", pid)).contains("[" + child.pid() + "] killed");
    }
  }
}
