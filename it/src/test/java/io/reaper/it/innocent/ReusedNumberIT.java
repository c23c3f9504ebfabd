package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Innocents;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A sentinel that comes to its turn late, as in a frozen cgroup: worker and child are long gone,
 * and their numbers are those of innocents.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ReusedNumberIT(Jdk jdk) {

  private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");

  /** Which process's number goes to which. */
  enum Reuse {
    /** The worker's to the leader of a group and session, which has members. */
    LEADER("setsid bash \"$0/innocent\" INNOCENT", true),
    /** The worker's to a leader that has gone and left members. */
    MEMBERS("setsid bash -c 'bash \"$0/innocent\" INNOCENT & exit 0' \"$0\"", true),
    /** The child's to a process in a group of others. */
    CHILD("bash \"$0/innocent\" INNOCENT", false);

    private final String start;
    private final boolean workers;

    Reuse(String start, boolean workers) {
      this.start = start;
      this.workers = workers;
    }

    /** Tries until a process has just the number that it is given: others start processes, too. */
    String script() {
      return """
          while :; do
            echo $(($1 - 1)) > /proc/sys/kernel/ns_last_pid
            ([ "$BASHPID" = "$1" ] || exit 1; exec %s) &
            [ "$!" = "$1" ] && { touch "$0/taken"; wait; exec sleep 1000; }
            wait "$!"
          done
          """
          .formatted(start);
    }
  }

  private static Stream<Arguments> everyModeAndReuse() {
    return Rows.withEachValue(
        List.of(
            "children=true",
            "process-group=true",
            "process-group=true,grace=0",
            "process-group=true,subreaper=true",
            "process-group=true,keep=none"),
        List.of(Reuse.values()));
  }

  @BeforeEach
  void assumeNumbersCanBeChosen() {
    assumeThat(Files.isWritable(LAST_PID)).as("may choose the next number").isTrue();
  }

  @ParameterizedTest
  @MethodSource("everyModeAndReuse")
  void innocentThatHasTheNumberOfOneThatIsGoneIsLeftAlone(String modes, Reuse reuse)
      throws IOException {
    Launch launch = Launch.on(jdk);
    launch.agent(modes + ",dir=" + Traces.ledgers(launch.dir()));
    Launch beside = Launch.on(jdk);
    Innocents innocents = new Innocents(beside.dir(), "INNOCENT");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn OWN");
      until(worker, () -> worker.reported("OWN").size() == 1);
      Proc own = worker.reported("OWN").get(0);
      until(worker, () -> Traces.sentinels(worker).size() == 1);
      Proc sentinel = Traces.sentinels(worker).get(0);
      sentinel.signal("STOP");
      until(() -> sentinel.state() == 'T');
      Proc self = worker.self();
      self.kill();
      own.kill();
      worker.waitFor(20);
      until(() -> Proc.of(own.pid()).isEmpty() && Proc.of(self.pid()).isEmpty());
      String number = Long.toString(reuse.workers ? self.pid() : own.pid());
      List<String> script = List.of("-c", reuse.script(), beside.dir().toString(), number);
      try (Worker other = beside.start(Path.of("bash"), script)) {
        until(other, () -> innocents.areThere(other));
        innocents.goOn();
        until(other, () -> innocents.areAllThere(other));
        until(other, () -> Files.exists(beside.dir().resolve("taken")));
        sentinel.signal("CONT");
        until(() -> Traces.sentinels(worker).isEmpty());
        assertThat(innocents.all(other)).allMatch(Proc::isAlive, "is alive");
        innocents.end();
        until(innocents::haveEnded);
        assertThat(innocents.signals()).isEmpty();
      }
    }
  }
}
