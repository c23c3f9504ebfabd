package io.reaper.core.end;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir private Path directory;

  private List<String> told(List<Target> ended, List<Target> left) throws IOException {
    Path file = directory.resolve("log");
    new Report(Log.to(Files.newOutputStream(file), Log.Level.WARN), "job: ")
        .tell(new Termination.Outcome(ended, left, List.of(), List.of()));
    return Files.readAllLines(file);
  }

  private static List<Target> targets(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new Target(
                    new ProcessInfo(new ProcessId(100 + i, 1), 'S', 1, 1, 1, "sleep"),
                    Reason.of("child")))
        .toList();
  }

  @Test
  void nothingIsSaidWhereNoneWasEnded() throws IOException {
    assertThat(told(List.of(), List.of())).isEmpty();
  }

  @Test
  void oneLineSaysWhatWasKilledAndWhy() throws IOException {
    assertThat(told(targets(2), List.of()))
        .containsExactly(
            "reaper-agent: [warn] job: killed 2 processes: sleep[100] (child), sleep[101] (child)");
  }

  @Test
  void thousandAreOneLineThatNamesTen() throws IOException {
    assertThat(told(targets(1000), List.of()))
        .singleElement()
        .asString()
        .contains("killed 1000 processes: ", "sleep[109]")
        .endsWith(" and 990 more")
        .doesNotContain("sleep[110]");
  }

  @Test
  void thoseLeftBehindAreNamed() throws IOException {
    assertThat(told(targets(1), targets(1)))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("reaper-agent: [error] job: not dead a second after SIGKILL, and left behind: ")
        .endsWith("1 process: sleep[100] (child)");
  }

  @Test
  void thoseThatMayNotBeSignalledOrSeenAreToldAsThat() throws IOException {
    Path file = directory.resolve("log");
    List<Target> one = targets(1);
    new Report(Log.to(Files.newOutputStream(file), Log.Level.WARN), "job: ")
        .tell(new Termination.Outcome(List.of(), List.of(), one, one));
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "reaper-agent: [error] job: could not be signalled: Operation not permitted (another"
                + " user's), and left behind: 1 process: sleep[100] (child)",
            "reaper-agent: [error] job: not to be seen in /proc (hidepid, proc(5), or too many open files), and left behind:"
                + " 1 process: sleep[100] (child)");
  }
}
