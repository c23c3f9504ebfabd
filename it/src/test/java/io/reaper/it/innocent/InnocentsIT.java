package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Innocents;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.PrintingWorker;
import io.reaper.it.scenario.Shape;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Mode;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Processes that are not the worker's, in the places where the worker's are: none is signalled. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record InnocentsIT(Jdk jdk) {

  private static final int LINES = 1000;

  /** What it has started are children of the JVM that it becomes. */
  static final String ENTRY_SCRIPT =
      """
      exec > >(exec bash "$0/innocent" COLLECTOR)
      coproc exec bash "$0/innocent" COPROC
      bash "$0/innocent" HELPER &
      exec "$@"
      """;

  /** With job control the first of a pipeline leads the group of all of them. */
  static final String PIPELINE = "set -m; \"$@\" | bash \"$0/innocent\" COLLECTOR";

  private static Stream<Arguments> everyModeAndEnd() {
    return everyEndOf(Mode.values());
  }

  private static Stream<Arguments> everyEndOfAGroup() {
    return everyEndOf(
        Mode.PROCESS_GROUP, Mode.SUBREAPER_AND_PROCESS_GROUP, Mode.PROCESS_GROUP_AND_CGROUP);
  }

  /** Each mode has an orderly end and a crash. */
  private static Stream<Arguments> everyEndOf(Mode... modes) {
    return Stream.concat(
        Rows.withEachValue(List.of(modes), List.of(End.MAIN_RETURNS, End.SIGTERM)),
        Rows.withEachValue(List.of(modes), List.of(End.SIGKILL)));
  }

  @ParameterizedTest
  @MethodSource("everyModeAndEnd")
  void childrenOfAnEntryScriptAndWhatTheyStartAreLeftAlone(Mode mode, End end) throws IOException {
    expectInnocentsLive(mode, end, List.of("bash", "-c", ENTRY_SCRIPT), entered());
  }

  @ParameterizedTest
  @MethodSource("everyEndOfAGroup")
  void childrenOfAnEntryScriptInTheGroupThatTheWorkerLeadsAreLeftAlone(Mode mode, End end)
      throws IOException {
    expectInnocentsLive(mode, end, List.of("setsid", "bash", "-c", ENTRY_SCRIPT), entered());
  }

  @ParameterizedTest
  @MethodSource("everyEndOfAGroup")
  void restOfAPipelineAndWhatItStartsAreLeftAlone(Mode mode, End end) throws IOException {
    expectInnocentsLive(mode, end, List.of("bash", "-c", PIPELINE), List.of("COLLECTOR"));
  }

  private static List<String> entered() {
    return List.of("COLLECTOR", "COPROC", "HELPER");
  }

  private void expectInnocentsLive(Mode mode, End end, List<String> entry, List<String> names)
      throws IOException {
    assumeThat(mode.isCgroup() && !Cgroup2.isMounted()).as("no cgroup2 here").isFalse();
    expectInnocentsLive(Launch.on(jdk), mode, end, entry, names, () -> {});
  }

  /** The last is done when no process of the worker's is at work any more. */
  void expectInnocentsLive(
      Launch launch,
      Mode mode,
      End end,
      List<String> entry,
      List<String> names,
      Runnable afterwards)
      throws IOException {
    List<Proc> others = Traces.sentinels(launch.dir());
    Innocents innocents = new Innocents(launch.dir(), names.toArray(String[]::new));
    List<String> under = new ArrayList<>(entry);
    under.add(launch.dir().toString());
    launch.under(under.toArray(String[]::new));
    mode.prepare(launch, jdk, "300ms", "warn");
    try (Worker worker = launch.start(PrintingWorker.class, Integer.toString(LINES))) {
      until(worker, () -> innocents.areThere(worker) && ownAreThere(worker));
      innocents.goOn();
      until(worker, () -> innocents.areAllThere(worker));
      end.bringTo(worker);
      until(() -> !worker.self().isAlive());
      until(() -> doomed(mode, worker).noneMatch(Proc::isAlive));
      // No process is at work any more that could kill an innocent yet: bash waits for its
      // pipeline.
      until(() -> others.containsAll(Traces.sentinels(worker)));
      until(() -> entry.get(entry.size() - 1).endsWith(PIPELINE) || !worker.launched().isAlive());
      afterwards.run();
      assertThat(innocents.all(worker)).allMatch(Proc::isAlive, "is alive");
      innocents.end();
      until(innocents::haveEnded);
      assertThat(innocents.signals()).isEmpty();
      if (names.contains("COLLECTOR")) {
        // A JVM that crashes has a last word on stdout.
        assertThat(innocents.collected())
            .startsWith(
                IntStream.rangeClosed(1, LINES).mapToObj(n -> "line " + n).toArray(String[]::new));
      }
    }
  }

  @NeedsAgent
  @Test
  void childrenOfAnEntryScriptAndTheirOrphansAreNoLeakAndInNoView() throws IOException {
    Launch launch = Launch.on(jdk);
    Innocents innocents = new Innocents(launch.dir(), "COLLECTOR", "COPROC", "HELPER");
    launch.under("bash", "-c", ENTRY_SCRIPT, launch.dir().toString());
    launch.agent("subreaper=true,leaks=fail,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("sleep");
      until(worker, () -> innocents.areThere(worker));
      until(worker, () -> !worker.reported(ObeyingWorker.SLEEPER).isEmpty());
      innocents.goOn();
      until(worker, () -> innocents.areAllThere(worker));
      Proc self = worker.self();
      until(
          worker,
          () ->
              innocents.of(worker, "_LATE_ORPHAN").stream()
                  .allMatch(orphan -> orphan.ppid() == self.pid()));
      Proc sleeper = worker.reported(ObeyingWorker.SLEEPER).get(0);
      until(worker, () -> Ledgers.name(Traces.ledgers(worker.dir()), sleeper));
      String tree = look(worker, "tree", Long.toString(self.pid()));
      assertThat(tree).contains("[" + sleeper.pid() + "]");
      // The worker, its options, and the one process.
      assertThat(tree.lines()).as(tree).hasSize(3);
      assertThat(look(worker, "ps", "--json")).contains("\"children\":1,\"adopted\":0,");
      sleeper.kill();
      until(() -> !sleeper.isAlive());
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      assertThat(innocents.all(worker)).allMatch(Proc::isAlive, "is alive");
      innocents.end();
      until(innocents::haveEnded);
      assertThat(innocents.signals()).isEmpty();
    }
  }

  private String look(Worker worker, String... arguments) {
    String dir = Traces.ledgers(worker.dir()).toString();
    Stream<String> words = Stream.concat(Stream.of(arguments), Stream.of("--dir", dir));
    return Answer.of(Launch.on(jdk).tool(words.toArray(String[]::new))).mustSucceed();
  }

  private static boolean ownAreThere(Worker worker) {
    return Stream.of(Worker.SELF, PrintingWorker.CHILD, PrintingWorker.ORPHAN)
        .allMatch(name -> worker.reported(name).size() == 1);
  }

  private static Stream<Proc> doomed(Mode mode, Worker worker) {
    return Stream.concat(
        mode.kills(Shape.DIRECT) ? worker.reported(PrintingWorker.CHILD).stream() : Stream.of(),
        mode.kills(Shape.ORPHAN) ? worker.reported(PrintingWorker.ORPHAN).stream() : Stream.of());
  }
}
