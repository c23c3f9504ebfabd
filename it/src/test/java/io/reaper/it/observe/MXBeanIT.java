package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.NoLedger;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.management.MBeanInfo;
import javax.management.Notification;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The worker's MBean, as an operator's console sees it from another JVM. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record MXBeanIT(Jdk jdk) {
  @Test
  void consoleSeesTheChildrenAndCountsThem() throws Exception {
    try (Worker worker = Launch.on(jdk).agent("subreaper=true").start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc orphan = Orders.spawn(worker, "setsid-grandchild", "ORPHAN");
      Proc.of(orphan.ppid()).orElseThrow().kill();
      worker.say("status");
      try (Console console = Console.of(worker)) {
        assertThat((String[]) console.get("Modes")).containsExactly("children", "subreaper");
        CompositeData row = console.rowOf(child);
        assertThat(row.get("startedBy").toString())
            .startsWith(ObeyingWorker.class.getName() + ".spawn(");
        assertThat(row.get("command").toString()).startsWith("/bin/sh ").endsWith(" CHILD");
        assertThat(row.get("adopted")).isEqualTo(false);
        assertThat((long) row.get("startedMillis")).isPositive();
        until(worker, () -> console.rowOf(orphan).get("adopted").equals(true));
        until(worker, () -> console.get("Adopted").equals(1L));
        until(worker, () -> console.get("Exited").equals(2L));
        assertThat(console.get("Started")).isEqualTo(3L);
        assertThat(console.get("LivingChildren")).isEqualTo(1);
        assertThat(console.get("Version").toString()).matches("\\d+\\.\\d+.*");
      }
    }
  }

  @Test
  void consoleSeesOptionsDescendantsAndWhetherACrashIsProvidedFor() throws Exception {
    try (Worker worker = Launch.on(jdk).agent("subreaper=true").start(ObeyingWorker.class)) {
      Proc below = Orders.spawn(worker, "setsid-grandchild", "BELOW");
      try (Console console = Console.of(worker)) {
        CompositeData[] descendants = (CompositeData[]) console.get("Descendants");
        assertThat(descendants).hasSize(1);
        assertThat(descendants[0].get("pid")).isEqualTo((int) below.pid());
        assertThat(descendants[0].get("command")).isEqualTo("sleep 1000");
        assertThat(descendants[0].get("startedBy").toString())
            .startsWith(ObeyingWorker.class.getName());
        assertThat(
                ((TabularData) console.get("Options")).get(new Object[] {"subreaper"}).get("value"))
            .isEqualTo("true");
        until(worker, () -> console.get("SentinelAlive").equals(true));
        assertThat(console.get("LedgerOk")).isEqualTo(true);
        MBeanInfo info = console.server().getMBeanInfo(console.name());
        Stream.of(info.getAttributes(), info.getOperations())
            .flatMap(Stream::of)
            .forEach(
                feature ->
                    assertThat(feature.getDescription())
                        .as(feature.getName())
                        .contains(" ")
                        .isNotEqualTo(feature.getName()));
      }
    }
  }

  @Test
  void consoleIsNotifiedOfEachKill() throws Exception {
    try (Worker worker = Launch.on(jdk).agent("").start(ObeyingWorker.class)) {
      Proc victim = Orders.spawn(worker, "spawn", "VICTIM");
      List<Notification> notified = new CopyOnWriteArrayList<>();
      try (Console console = Console.of(worker)) {
        console
            .server()
            .addNotificationListener(
                console.name(), (each, back) -> notified.add(each), null, null);
        console.call("kill", victim);
        until(worker, () -> notified.size() == 1);
        assertThat(notified.get(0).getType()).isEqualTo("io.reaper.killed");
        assertThat(notified.get(0).getUserData()).isEqualTo((int) victim.pid());
        assertThat(notified.get(0).getMessage())
            .startsWith("killed sleep 1000 [" + victim.pid() + "] by SIGTERM: started by ");
      }
    }
  }

  @Test
  void oneIsKilledAndNoOther() throws Exception {
    try (Worker worker = Launch.on(jdk).agent("").start(ObeyingWorker.class);
        Worker bystander = Launch.bystander("BYSTANDER")) {
      until(bystander, () -> !bystander.reported("BYSTANDER").isEmpty());
      Proc stranger = bystander.reported("BYSTANDER").get(0);
      Proc victim = Orders.spawn(worker, "spawn", "VICTIM");
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      try (Console console = Console.of(worker)) {
        assertThat(console.call("kill", victim)).isEqualTo(true);
        assertThat(victim.isAlive()).isFalse();
        assertThat(console.get("Killed")).isEqualTo(1L);
        assertThatThrownBy(() -> console.call("kill", stranger))
            .hasStackTraceContaining("process " + stranger.pid() + " is left alone");
        assertThat(stranger.isAlive()).isTrue();
        assertThat(other.isAlive()).isTrue();
        assertThat(worker.stderr()).contains("[" + victim.pid() + "], asked by JMX");
      }
    }
  }

  @Test
  void allAreKilledAndTheWorkerGoesOnWhereItWas() throws Exception {
    assumeThat(Cgroup2.isWritable()).as("a cgroup may be made").isTrue();
    try (Worker worker = Launch.on(jdk).agent("cgroup=true").start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      Proc grandchild = Orders.spawn(worker, "setsid-grandchild", "GRANDCHILD");
      String before = Cgroup2.of(worker.self());
      try (Console console = Console.of(worker)) {
        assertThat((int) console.server().invoke(console.name(), "killAll", null, null))
            .isGreaterThanOrEqualTo(2);
        assertThat(child.isAlive()).isFalse();
        assertThat(grandchild.isAlive()).isFalse();
        assertThat(Cgroup2.of(worker.self())).isEqualTo(before);
      }
      Proc next = Orders.spawn(worker, "spawn", "NEXT");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(next.isAlive()).isFalse();
    }
  }

  /** A child between vfork(2) and execve(2) shares the worker's memory and signal handlers. */
  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"VFORK, no-such-program", "VFORK, true", "POSIX_SPAWN, true"})
  void allAreKilledWhileOthersAreBeingStartedAndTheWorkerAndEachStartGoOn(
      String mechanism, String program) throws Exception {
    Launch launch = Launch.on(jdk).agent("grace=50ms");
    launch.jvm("-Djdk.lang.Process.launchMechanism=" + mechanism);
    // The child looks for the program in all of them.
    launch.environment("PATH", "/no/such/directory:".repeat(500) + "/usr/bin:/bin");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Orders.spawn(worker, "spawn", "CHILD");
      try (Console console = Console.of(worker)) {
        worker.say("keep-starting " + program);
        for (int round = 0; round < 100; round++) {
          console.server().invoke(console.name(), "killAll", null, null);
        }
      }
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(worker.stdout()).isEmpty();
    }
  }

  @Test
  void childFromBeforeTheAgentIsNoRowAndIsNotKilled() throws Exception {
    Launch launch = Launch.on(jdk).agent("subreaper=true");
    String leaf = Worker.leaf(launch.dir()).toString();
    launch.under("sh", "-c", "sh \"$0\" SERVICE & exec \"$@\"", leaf);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      until(worker, () -> !worker.reported("SERVICE").isEmpty());
      Proc service = worker.reported("SERVICE").get(0);
      assertThat(service.ppid()).isEqualTo(worker.self().pid());
      try (Console console = Console.of(worker)) {
        assertThat((CompositeData[]) console.get("Children")).hasSize(1);
        assertThatThrownBy(() -> console.call("kill", service))
            .hasStackTraceContaining("process " + service.pid() + " is left alone");
        assertThat(console.server().invoke(console.name(), "killAll", null, null)).isEqualTo(1);
        assertThat(child.isAlive()).isFalse();
        assertThat(console.get("Adopted")).isEqualTo(0L);
      }
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(service.isAlive()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsKeptOutlivesTheWorkerHoweverThatEnds(boolean crash) throws Exception {
    try (Worker worker = Launch.on(jdk).agent("process-group=true").start(ObeyingWorker.class)) {
      Proc kept = Orders.spawn(worker, "spawn", "KEPT");
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      try (Console console = Console.of(worker)) {
        console.call("keep", kept);
        assertThat(console.rowOf(kept).get("kept")).isEqualTo(true);
      }
      if (crash) {
        worker.self().kill();
        worker.waitFor(30);
      } else {
        worker.say("exit");
        assertThat(worker.waitFor(30)).isEqualTo(3);
      }
      until(() -> !other.isAlive());
      // The sweeper says what it did when it has done it.
      until(() -> worker.stderr().contains("killed "));
      assertThat(kept.isAlive()).isTrue();
    }
  }

  @Test
  void keepIsRefusedWhereNoLedgerWouldTellTheSentinelOfIt() throws Exception {
    Launch launch = NoLedger.launch(Launch.on(jdk), "process-group=true,grace=0");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      NoLedger.takeAway(worker);
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      try (Console console = Console.of(worker)) {
        assertThatThrownBy(() -> console.call("keep", child))
            .hasStackTraceContaining("process " + child.pid() + " is not kept: the ledger");
        assertThat(console.rowOf(child).get("kept")).isEqualTo(false);
      }
      worker.self().kill();
      worker.waitFor(30);
      until(() -> !child.isAlive());
    }
  }

  @Tag("slow")
  @Test
  void eachOfFourHundredThatAreKeptOutlivesACrash() throws Exception {
    int many = 400;
    Launch launch = Launch.on(jdk);
    launch.agent("grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      for (int i = 0; i < many; i++) {
        worker.say("spawn KEPT");
      }
      Proc other = Orders.spawn(worker, "spawn", "OTHER");
      until(worker, () -> worker.reported("KEPT").size() == many);
      try (Console console = Console.of(worker)) {
        for (Proc kept : worker.reported("KEPT")) {
          console.call("keep", kept);
        }
      }
      worker.self().kill();
      worker.waitFor(30);
      until(() -> !other.isAlive() && Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("KEPT")).hasSize(many).allMatch(Proc::isAlive);
    }
  }

  @Test
  void beanIsThereFromTheFirstSpawnOnIfTheServerWasThereBefore() throws Exception {
    Launch launch = Launch.on(jdk).agent("").jvm("-Dcom.sun.management.jmxremote");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Orders.spawn(worker, "spawn", "CHILD");
      try (Console console = Console.of(worker)) {
        assertThat(console.get("LivingChildren")).isEqualTo(1);
      }
    }
  }

  @Test
  void nothingOfJmxIsLoadedInAWorkerThatHasNone() {
    Launch launch = Launch.on(jdk).agent("subreaper=true,process-group=true");
    Path log = launch.dir().resolve("loaded");
    launch.jvm("-Xlog:class+load:file=" + log);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Orders.spawn(worker, "spawn", "CHILD");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      for (String none :
          Arrays.asList("io.reaper.core.ondemand.jmx.", "com.sun.jmx", "ManagementFac")) {
        assertThat(log).content().as(none).doesNotContain(" " + none);
      }
    }
  }
}
