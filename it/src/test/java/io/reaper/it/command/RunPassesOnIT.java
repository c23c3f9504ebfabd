package io.reaper.it.command;

import static io.reaper.it.command.Runs.PID_NAMESPACE;
import static io.reaper.it.command.Runs.SHORT_CHAIN;
import static io.reaper.it.command.Runs.expectNoneLeft;
import static io.reaper.it.command.Runs.run;
import static io.reaper.it.command.Runs.runHiders;
import static io.reaper.it.command.Runs.text;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.support.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Signals and streams between whoever started {@code run} and its command. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record RunPassesOnIT(Jdk jdk) {

  /** Those of signal(7) that end a process, but for faults and for those that no handler sees. */
  @Test
  void everySignalToTheSupervisorReachesTheCommand() throws IOException {
    List<String> signals =
        List.of(
            "TERM INT HUP USR1 USR2 WINCH QUIT ALRM IO PWR SYS VTALRM PROF STKFLT RTMIN RTMAX"
                .split(" "));
    try (Worker worker =
        run(
            jdk,
            "bash",
            "-c",
            """
            for s in $1; do trap "echo $s >> '${0%/*}/heard'" $s; done
            echo "COMMAND $$" >> "${0%/*}/report"
            while [ ! -e "${0%/*}/over" ]; do sleep 0.02; done
            exit 5
            """,
            "LEAF",
            String.join(" ", signals))) {
      until(worker, () -> !worker.reported("COMMAND").isEmpty());
      // Of the command's own disposition: what was ignored when this JVM was started stays so.
      Proc command = worker.reported("COMMAND").get(0);
      until(worker, () -> isPassedOn(worker));
      // One after the other: of two that are pending, the kernel delivers the lower number first.
      List<String> expected = new ArrayList<>();
      for (String signal : signals) {
        int number = NUMBERS.getOrDefault(signal, 0);
        // Not every sh knows these names.
        worker
            .launched()
            .signal(signal.replace("STKFLT", "16").replace("RTMIN", "34").replace("RTMAX", "64"));
        if (number == 0 || !command.ignores(number)) {
          expected.add(signal);
        }
        until(worker, () -> text(worker, "heard").lines().toList().equals(expected));
      }
      Files.createFile(worker.dir().resolve("over"));
      assertThat(worker.waitFor(20)).isEqualTo(5);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).isEmpty();
    }
  }

  /** A background job of a shell has them ignored, and so has every process below. */
  private static final Map<String, Integer> NUMBERS = Map.of("HUP", 1, "INT", 2, "QUIT", 3);

  /** Whether the supervisor has a handler for the last of all signals. */
  private static boolean isPassedOn(Worker worker) {
    String caught = worker.launched().status("SigCgt");
    return !caught.isEmpty() && Long.parseUnsignedLong(caught, 16) < 0;
  }

  @Test
  void signalThatEndsTheCommandEndsAllThatIsLeftOfIt() {
    try (Worker worker = runHiders(jdk, SHORT_CHAIN, Hiding.FORKER_WITH_PAUSES)) {
      worker.launched().signal("TERM");
      assertThat(worker.waitFor(20)).isEqualTo(143);
      expectNoneLeft(worker);
    }
  }

  @Test
  void bytesPassThroughInBothDirectionsAndAnEndOfFileIsOne() throws IOException {
    Launch launch = Launch.on(jdk);
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    Files.write(launch.dir().resolve("in"), bytes);
    launch.under("sh", "-c", "cat in | \"$0\" \"$@\" 2> err | cat > out");
    String script = "tee /dev/stderr; printf end";
    try (Worker worker = run(jdk, launch, List.of(), "sh", "-c", script)) {
      assertThat(worker.waitFor(20)).isZero();
      byte[] out = Files.readAllBytes(worker.dir().resolve("out"));
      assertThat(out).startsWith(bytes).endsWith("end".getBytes()).hasSize(bytes.length + 3);
      assertThat(worker.dir().resolve("err")).hasBinaryContent(bytes);
    }
  }

  @Test
  void commandHearsALineWhenItIsSaid() {
    try (Worker worker = run(jdk, "cat")) {
      worker.say("first");
      until(worker, () -> worker.stdout().equals("first\n"));
      worker.say("second");
      until(worker, () -> worker.stdout().equals("first\nsecond\n"));
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
    }
  }

  @Test
  void firstProcessOfAPidNamespacePassesSignalsOn() {
    assumeThat(Machine.allows(PID_NAMESPACE)).as("may make a PID namespace").isTrue();
    Launch launch = Launch.on(jdk).under(PID_NAMESPACE);
    String script = "trap 'exit 33' TERM; echo ready; while :; do sleep 0.02; done";
    try (Worker worker = run(jdk, launch, List.of(), "sh", "-c", script, launch.dir().toString())) {
      until(worker, () -> worker.stdout().equals("ready\n"));
      Proc.childrenOf(worker.launched().pid()).get(0).signal("TERM");
      assertThat(worker.waitFor(20)).isEqualTo(33);
    }
  }
}
