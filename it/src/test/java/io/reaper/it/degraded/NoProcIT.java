package io.reaper.it.degraded;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Keepers;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A worker without /proc. No other POSIX system than Linux is there to be tested: in its stead an
 * empty directory is mounted over /proc, so that no process can be looked at.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record NoProcIT(Jdk jdk) {
  private static final String GROUP = "process-group=true,grace=300ms";
  private static final String HIDE = "mount -t tmpfs none /proc && exec \"$0\" \"$@\"";

  @BeforeEach
  void assumeMounts() {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
  }

  private Launch withoutProc(String... before) {
    Launch launch = Launch.on(jdk).under(before).under("unshare", "--mount", "sh", "-c", HIDE);
    // The linker finds what is beside a program by /proc/self/exe (ld.so(8), $ORIGIN).
    String libraries = jdk.home().resolve("lib").toString();
    return launch.environment("LD_LIBRARY_PATH", libraries + ":" + libraries + "/jli");
  }

  private static Proc only(Worker worker, String name) {
    until(() -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  @Test
  void directChildrenEndWithTheWorkerAndNothingElseDoes() {
    Launch launch = withoutProc().agent("");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      worker.say("setsid-grandchild GRANDCHILD");
      worker.say("status");
      Proc child = only(worker, "CHILD");
      Proc grandchild = only(worker, "GRANDCHILD");
      until(worker, () -> worker.stdout().equals("7\n"));
      worker.say("exit");
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(3);
      assertThat(child.isAlive()).as(worker.stderr()).isFalse();
      assertThat(grandchild.isAlive()).isTrue();
      assertThat(worker.stderr().lines())
          .hasSize(2)
          .anyMatch(line -> line.contains("/proc is not mounted"))
          .anyMatch(line -> line.contains("killed 2 processes: "));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SYSTEM_EXIT", "SIGKILL"})
  void groupEndsWithTheWorkerAndNothingBesideIt(End end) {
    Launch launch = withoutProc("sh", "-c", "sh ./leaf BESIDE & exec \"$0\" \"$@\"").agent(GROUP);
    String orphan = "sh \"$0/leaf\" ORPHAN & exit 0";
    String outside = "setsid sh \"$0/leaf\" OUTSIDE & exit 0";
    try (Worker worker = launch.start(Shell.class, orphan, outside, "exec sh \"$0/leaf\" CHILD")) {
      Proc beside = only(worker, "BESIDE");
      Proc inside = only(worker, "ORPHAN");
      Proc outsider = only(worker, "OUTSIDE");
      Proc child = only(worker, "CHILD");
      until(worker, () -> worker.stdout().equals(Shell.READY));
      if (end.isCrash()) {
        worker.launched().kill();
      } else {
        worker.say("exit");
      }
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(end.status());
      untilAsserted(() -> assertThat(child.isAlive()).as(worker.stderr()).isFalse());
      untilAsserted(() -> assertThat(inside.isAlive()).as(worker.stderr()).isFalse());
      assertThat(beside.isAlive()).as("in the group that the worker came from").isTrue();
      assertThat(outsider.isAlive()).as("in a session of its own").isTrue();
    }
  }

  @Test
  void groupThatOthersMayBeInIsLeftAlone() {
    String script = "sh ./leaf BESIDE & exec \"$0\" \"$@\"";
    Launch launch = withoutProc("setsid", "sh", "-c", script).agent(GROUP);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      Proc beside = only(worker, "BESIDE");
      worker.say("spawn CHILD");
      Proc child = only(worker, "CHILD");
      assertThat(beside.pgrp()).isEqualTo(child.pgrp());
      worker.say("exit");
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(3);
      assertThat(child.isAlive()).isFalse();
      assertThat(beside.isAlive()).isTrue();
      assertThat(worker.stderr()).contains("cannot have a process group", "leads one already");
    }
  }

  @Test
  void groupWithAProcessThatMayOutliveTheWorkerIsLeftAlone() throws IOException {
    Launch launch = withoutProc().agent(GROUP);
    try (Worker worker = launch.start(Keepers.class, Keepers.PLAIN, Keepers.GIVEN)) {
      Proc plain = only(worker, Keepers.PLAIN);
      Proc given = only(worker, Keepers.GIVEN);
      until(() -> worker.stderr().contains("holds a process that may outlive the worker"));
      worker.say("exit");
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(3);
      assertThat(plain.isAlive()).as(worker.stderr()).isFalse();
      assertThat(given.isAlive()).as(worker.stderr()).isTrue();
    }
  }
}
