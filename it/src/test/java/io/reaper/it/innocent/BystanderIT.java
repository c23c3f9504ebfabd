package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker that leads a process group, and a session, in which there was another process before it.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record BystanderIT(Jdk jdk) {

  // A bystander is an orphan by the time that the shell becomes the worker.
  private static final String BESIDE_A_BYSTANDER =
      """
      (sh "$0" BYSTANDER & exit 0)
      (trap '' TERM; sh "$0" DEAF_BYSTANDER & exit 0)
      exec "$@"
      """;

  private static final List<String> BYSTANDERS = List.of("BYSTANDER", "DEAF_BYSTANDER");
  private static final List<String> MEMBERS = List.of("CHILD", "GRANDCHILD", "ORPHAN", "DEAF");

  private Worker worker(String modes) throws IOException {
    Launch launch = Launch.on(jdk);
    launch.agent(modes + ",dir=" + launch.dir().resolve("ledgers"));
    launch.under("setsid", "sh", "-c", BESIDE_A_BYSTANDER, Worker.leaf(launch.dir()).toString());
    for (String member : MEMBERS) {
      Hiding.sleeper(launch.dir(), member);
    }
    Worker worker =
        launch.start(
            Shell.class,
            "exec \"$0/CHILD\" 1000",
            "\"$0/GRANDCHILD\" 1000 & wait",
            "\"$0/ORPHAN\" 1000 & exit 0",
            "trap '' TERM; \"$0/DEAF\" 1000 & exit 0");
    return Machine.closedUnless(worker, () -> isComplete(worker));
  }

  private static boolean isComplete(Worker worker) {
    return worker.stdout().equals(Shell.READY)
        && MEMBERS.stream().allMatch(name -> Hiding.named(worker.dir(), name).size() == 1)
        && BYSTANDERS.stream().allMatch(name -> worker.reported(name).size() == 1);
  }

  private static List<Proc> members(Worker worker) {
    return MEMBERS.stream().flatMap(name -> Hiding.named(worker.dir(), name).stream()).toList();
  }

  private static List<Proc> bystanders(Worker worker) {
    return BYSTANDERS.stream().flatMap(name -> worker.reported(name).stream()).toList();
  }

  /** The worker leads group and session, all are in its group, and no bystander is its child. */
  private static void expectOneGroup(Worker worker) {
    Proc leader = worker.launched();
    assertThat(leader.commandLine()).contains(Shell.class.getName());
    assertThat(leader.pgrp()).isEqualTo(leader.session()).isEqualTo(leader.pid());
    assertThat(members(worker)).hasSize(4).allMatch(member -> member.pgrp() == leader.pid());
    assertThat(bystanders(worker))
        .hasSize(2)
        .allMatch(bystander -> bystander.pgrp() == leader.pid())
        .noneMatch(bystander -> bystander.ppid() == leader.pid());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "process-group=true,grace=0",
        "process-group=true,grace=300ms",
        "process-group=true,children=false,grace=300ms",
        "process-group=true,subreaper=true,grace=300ms"
      })
  void bystanderLivesAndMemberThatJoinedThroughTheWorkerDiesAtAnOrderlyEnd(String modes)
      throws IOException {
    try (Worker worker = worker(modes)) {
      expectOneGroup(worker);
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(members(worker)).isEmpty();
      assertThat(bystanders(worker)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "process-group=true,grace=0",
        "process-group=true,grace=300ms",
        "process-group=true,children=false,grace=0",
        "process-group=true,subreaper=true,grace=0"
      })
  void bystanderLivesAndMemberThatJoinedThroughTheWorkerDiesInACrash(String modes)
      throws IOException {
    try (Worker worker = worker(modes)) {
      expectOneGroup(worker);
      worker.launched().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      untilAsserted(() -> assertThat(members(worker)).isEmpty());
      // No process is at work any more that could kill it yet.
      until(() -> sweepers(worker).isEmpty());
      assertThat(bystanders(worker)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  /** The ledger is there before the worker has a group of its own. */
  @Test
  void bystanderLivesInACrashIfTheModeCameByAttach() throws IOException {
    try (Worker worker = worker("subreaper=true,grace=0")) {
      expectOneGroup(worker);
      attach(worker, "process-group=true");
      worker.launched().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      untilAsserted(() -> assertThat(members(worker)).isEmpty());
      until(() -> sweepers(worker).isEmpty());
      assertThat(bystanders(worker)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  private void attach(Worker worker, String options) {
    String pid = Long.toString(worker.launched().pid());
    Answer.of(Launch.on(jdk).tool("attach", pid, options)).mustSucceed();
  }

  private static List<Proc> sweepers(Worker worker) {
    return Hiding.alive(worker.dir()).stream()
        .filter(proc -> proc.commandLine().contains("ledgers"))
        .toList();
  }
}
