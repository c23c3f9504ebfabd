package io.reaper.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A pid in a ledger that is another process's by now: it is recognised by its start time. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ReusedPidInLedgerIT(Jdk jdk) {

  /**
   * Runs in a PID namespace of its own, as its first process, where the next number can be chosen;
   * in a directory of its own, as the numbers in its report are not those outside.
   */
  private static final String OTHER_HANDS =
      """
      java=$1 jar=$2 classes=$3 dir=$4 modes=$5 reused=$6
      mkdir "$dir/inside" && cp "$dir/leaf" "$dir/inside/leaf" && : >"$dir/inside/report"
      mkfifo "$dir/in" && exec 3<>"$dir/in"
      "$java" "-javaagent:$jar=grace=20s,dir=$dir/ledgers$modes" -cp "$classes" \\
        io.reaper.it.scenario.Children "$dir/inside/report" obedient obedient <&3 &
      worker=$!
      until [ "$(grep -c . "$dir/inside/report")" = 3 ]; do sleep 0.05; done
      set -- $(sed -n 's/^OBEDIENT //p' "$dir/inside/report")
      child=$1 other=$2
      for process in /proc/[0-9]*; do
        case $(tr '\\0' ' ' 2>/dev/null <"$process/cmdline") in
          "$java"*) ;;
          *reaper-sentinel*"$dir/ledgers"*) sentinel=${process#/proc/} ;;
        esac
      done
      kill -STOP "$sentinel"
      until grep -q ') T ' "/proc/$sentinel/stat"; do sleep 0.05; done
      kill -KILL "$worker" "$sentinel"
      wait "$worker"
      if [ "$reused" = worker ]; then
        number=$worker
        kill -KILL "$child" "$other"
        other=none
      else
        number=$child
        kill -KILL "$child"
      fi
      while [ -d "/proc/$number" ]; do sleep 0.05; done
      while :; do
        echo $((number - 1)) >/proc/sys/kernel/ns_last_pid
        setsid sleep 1000 3<&- &
        innocent=$!
        [ "$innocent" = "$number" ] && break
        kill -KILL "$innocent"
      done
      until grep -q "^$number (sleep)" "/proc/$number/stat"; do sleep 0.05; done
      isAlive() { [ -d "/proc/$1" ] && ! grep -q ') Z ' "/proc/$1/stat"; }
      isAlive "$other" && echo "the other child is alive"
      "$java" -jar "$jar" sweep --dir "$dir/ledgers"
      isAlive "$number" && echo "the innocent is alive"
      isAlive "$other" && echo "the other child is alive still"
      kill -KILL "$innocent"
      exit 0
      """;

  private static boolean canChooseNumbers() {
    try {
      String[] command = {"unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", "echo 100 >$0"};
      return new ProcessBuilder(
                  Stream.concat(Stream.of(command), Stream.of("/proc/sys/kernel/ns_last_pid"))
                      .toList())
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private List<String> sweepWithReused(String number, String modes) throws IOException {
    assumeThat(canChooseNumbers()).as("root can have a PID namespace").isTrue();
    Launch launch =
        Launch.on(jdk).under("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
    Path script = Files.writeString(launch.dir().resolve("script"), OTHER_HANDS);
    try (Worker inside =
        launch.start(
            Path.of("sh"),
            List.of(
                script.toString(),
                jdk.java().toString(),
                Launch.agentJar().toString(),
                Launch.classes().toString(),
                launch.dir().toString(),
                modes,
                number))) {
      assertThat(inside.waitFor(60)).as(inside.stderr()).isZero();
      assertThat(inside.stdout()).as(inside.stderr()).contains("swept up after 1 dead worker in ");
      return inside.stdout().lines().filter(line -> line.endsWith(" alive")).toList();
    }
  }

  @Test
  void childsNumberInOtherHandsIsRecognised() throws IOException {
    for (String modes : List.of("", ",process-group=true,subreaper=true")) {
      assertThat(sweepWithReused("child", modes))
          .as("alive before the sweep, and after it")
          .containsExactly("the other child is alive", "the innocent is alive");
    }
  }

  @Test
  void workersNumberInOtherHandsIsRecognised() throws IOException {
    for (String modes : List.of("", ",process-group=true,subreaper=true")) {
      assertThat(sweepWithReused("worker", modes)).containsExactly("the innocent is alive");
    }
  }
}
