package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What tells an operator that the agent is on in a worker, how, and by whose word. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record IsItOnIT(Jdk jdk) {
  /** The lines of ps that begin with the number of that worker. */
  private static List<String> lines(Answer ps, Worker worker) {
    return ps.said().lines().filter(line -> line.startsWith(pid(worker) + " ")).toList();
  }

  private Answer ask(String... arguments) {
    return Answer.of(Launch.on(jdk).tool(arguments));
  }

  private static String pid(Worker worker) {
    return Long.toString(worker.self().pid());
  }

  private static Worker started(Launch launch) {
    Worker worker = launch.start(ObeyingWorker.class);
    return Machine.closedUnless(worker, () -> !worker.reported(Worker.SELF).isEmpty());
  }

  private static void spawn(Worker worker) {
    worker.say("spawn CHILD");
    until(worker, () -> worker.reported("CHILD").size() == 1);
  }

  /** Returns what tree says when the ledger names where the child was started, a moment later. */
  private Answer treeWithStarter(Worker worker) {
    AtomicReference<Answer> tree = new AtomicReference<>();
    until(
        worker,
        () -> {
          tree.set(ask("tree", pid(worker)));
          return tree.get().said().contains("killed: started by " + ObeyingWorker.class.getName());
        });
    return tree.get();
  }

  @Test
  void oneLineAtInfoSaysWhatIsOnAndWhereThatWasAskedFor() {
    Launch launch = Launch.on(jdk).environment("REAPER_GRACE", "7s").jvm("-Dreaper.keep=nginx");
    try (Worker worker = started(launch.agent("process-group=true,log=info,dir=" + launch.dir()))) {
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .startsWith("reaper-agent: [info] version ")
          .contains("is on, asked for children+process-group", "grace 7", "ledger in /")
          .contains("process-group=true (the agent arguments)", "keep=nginx (-Dreaper.keep)")
          .contains("grace=7s (REAPER_GRACE)");
    }
  }

  @Test
  void itIsSilentUnlessAsked() {
    try (Worker worker = started(Launch.on(jdk).agent("subreaper=true"))) {
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @Test
  void workerIsListedBeforeItsFirstProcess() {
    Launch byTheEnvironment = Launch.on(jdk);
    String agent = "-javaagent:" + Launch.agentJar() + "=cgroup=true";
    byTheEnvironment.environment("JAVA_TOOL_OPTIONS", agent);
    try (Worker worker = started(Launch.on(jdk).agent("subreaper=true"));
        Worker other = started(byTheEnvironment)) {
      Answer ps = ask("ps");
      assertThat(lines(ps, worker))
          .singleElement()
          .asString()
          .contains("children+subreaper", ObeyingWorker.class.getName(), "no process yet");
      assertThat(lines(ps, other)).singleElement().asString().contains("children+cgroup");
    }
  }

  @Test
  void workerInWhichTheAgentIsSwitchedOffIsNotListed() {
    Launch off = Launch.on(jdk).environment("REAPER_ENABLED", "false").agent("subreaper=true");
    try (Worker worker = started(off);
        Worker other = started(Launch.on(jdk).agent("enabled=false"))) {
      Answer ps = ask("ps");
      assertThat(lines(ps, worker)).isEmpty();
      assertThat(lines(ps, other)).isEmpty();
    }
  }

  @Test
  void workerIsFoundWhereverItKeepsItsLedger() {
    Launch launch = Launch.on(jdk);
    String dir = launch.dir().resolve("ledgers").toString();
    try (Worker worker = started(launch.agent("subreaper=true,grace=7s,dir=" + dir))) {
      spawn(worker);
      until(worker, () -> lines(ask("ps"), worker).toString().matches(".* 1 +0 +\\d+ .*"));
      Answer tree = treeWithStarter(worker);
      assertThat(tree.refused()).isEmpty();
      assertThat(tree.said()).contains("dir=" + dir);
      assertThat(ask("tree", pid(worker), "--json").said())
          .contains("\"ledger\":\"" + dir, "\"grace\":\"7", "\"children\":\"true\"");
      assertThat(ask("ps", "--json").said()).contains("\"ledger\":\"" + dir, "\"keep-marked\":");
    }
  }

  @Test
  void psThatFindsNoneSaysWhereItLooked() {
    Launch launch = Launch.on(jdk);
    String nowhere = launch.dir().resolve("nowhere").toString();
    Answer ps = Answer.of(launch.tool("ps", "--dir", nowhere));
    assertThat(ps.status()).isZero();
    assertThat(ps.said().lines()).hasSize(1);
    assertThat(ps.refused().lines()).singleElement().asString().contains("no worker", nowhere);
  }

  @Test
  void commandsReadTheVariableThatNamesTheDirectory() {
    Launch launch = Launch.on(jdk);
    String dir = launch.dir().resolve("ledgers").toString();
    Answer sweep = Answer.of(launch.environment("REAPER_DIR", dir).tool("sweep"));
    assertThat(sweep.status()).isZero();
    assertThat(sweep.said().lines()).first().asString().endsWith(" in " + dir);
  }

  @Test
  void rootSeesTheWorkersOfEveryUserWhoAsksForThem() throws IOException {
    assumeThat(Machine.allows(Machine.NOBODY) && Machine.canRead(Machine.NOBODY))
        .as("nobody can run a worker")
        .isTrue();
    Launch launch = Launch.on(jdk);
    Machine.open(launch.dir());
    launch.agent("subreaper=true,dir=" + launch.dir().resolve("ledgers")).under(Machine.NOBODY);
    try (Worker worker = started(launch)) {
      spawn(worker);
      until(worker, () -> lines(ask("ps", "-A"), worker).toString().matches(".* 1 +0 +\\d+ .*"));
      assertThat(lines(ask("ps"), worker)).isEmpty();
      assertThat(treeWithStarter(worker).refused()).isEmpty();
    }
  }
}
