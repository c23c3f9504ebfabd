package io.reaper.it.end;

import static io.reaper.it.support.Until.becomes;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shape;
import io.reaper.it.scenario.Shapes;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Mode;
import io.reaper.it.support.SupportTable;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Shape of process × way to end × mode: which must be dead, and which alive. One worker JVM starts
 * all the shapes, so that one launch answers a whole row.
 */
class SurvivalMatrixIT {

  private static final List<String> BYSTANDERS =
      List.of("IN_THE_SAME_GROUP", "IN_THE_SAME_SESSION", "UNRELATED");

  /** The orphans while the worker lives, so that the ledger has to learn of it. */
  private static final Set<Shape> ORPHANS =
      EnumSet.of(Shape.ORPHAN, Shape.DAEMON, Shape.CLEARED_DAEMON, Shape.DEAF_ORPHAN);

  private static final SupportTable PASSED = new SupportTable();

  private static final Set<Mode> SMOKE_MODES =
      EnumSet.of(Mode.CHILDREN, Mode.PROCESS_GROUP, Mode.SUBREAPER, Mode.CGROUP);

  private static final List<End> SMOKE_ENDS = List.of(End.SIGTERM, End.SIGKILL);

  /** A crashed worker does not wait for its sweeper: a JVM, which shares the CPU with others. */
  private static final Duration SWEEP = Duration.ofSeconds(20);

  /** What a worker says of its own orderly end; the sentinel's lines say that it is dead. */
  private static final Pattern KILLED =
      Pattern.compile(
          "^reaper-agent: \\[warn] (\\S+ has ended: )?killed [0-9]+ process", Pattern.MULTILINE);

  // The worker is not exec'ed: what its predecessor started would be its child.
  private static final String BESIDE_BYSTANDERS =
      """
      ulimit -c 0
      sh "$0" IN_THE_SAME_GROUP &
      bash -c 'set -m; sh "$0" IN_THE_SAME_SESSION & exit 0' "$0"
      "$@"
      exit $?
      """;

  /** More than the sentinel ends by itself, or fewer. */
  private static final int MANY = 200;

  private static final int FEWER = 40;

  /** In a quick build workers that end in one of these ways have many children. */
  private static final Set<End> WITH_MANY =
      EnumSet.of(End.MAIN_RETURNS, End.CRASH_ON_OUT_OF_MEMORY);

  private record Case(Jdk jdk, Mode mode, End end) {
    private int wide() {
      return Jdk.FULL || WITH_MANY.contains(end) ? MANY : FEWER;
    }

    private int count(Shape shape) {
      return shape == Shape.WIDE ? wide() : shape.count();
    }

    @Override
    public String toString() {
      return jdk + ", " + mode + ", " + end;
    }
  }

  /** How many of each shape were alive after the worker's end, and what the agent left behind. */
  private record Outcome(
      int status,
      Map<Shape, Long> alive,
      Map<String, Boolean> bystanders,
      List<String> traces,
      String said) {}

  @TestFactory
  @Execution(ExecutionMode.CONCURRENT)
  Stream<DynamicContainer> whoIsCoveredDiesAndNobodyElse() {
    return Stream.of(Mode.values())
        .flatMap(mode -> ends(mode).map(end -> new Case(null, mode, end)))
        .flatMap(c -> jdks(c.mode, c.end).stream().map(jdk -> new Case(jdk, c.mode, c.end)))
        // Lazily, so that each JVM is launched when its turn comes.
        .map(c -> dynamicContainer(c.toString(), Stream.of(c).flatMap(this::tests)));
  }

  /** A quick build has every orderly end on one JDK, every crash on another, a few on the rest. */
  private static List<Jdk> jdks(Mode mode, End end) {
    if (Jdk.FULL) {
      return Jdk.tested();
    }
    List<Jdk> jdks =
        new ArrayList<>(end.isCrash() && !Jdk.isOne() ? List.of(Jdk.other()) : Jdk.tested());
    if (SMOKE_MODES.contains(mode) && SMOKE_ENDS.contains(end)) {
      // Each mode once on each of them, and each end.
      int half = mode.ordinal() + SMOKE_ENDS.indexOf(end);
      List<Jdk> rest = Jdk.untested().stream().filter(jdk -> !jdk.equals(Jdk.other())).toList();
      rest.stream().filter(jdk -> (half + rest.indexOf(jdk)) % 2 == 0).forEach(jdks::add);
    }
    return jdks;
  }

  /** In a quick build modes that share their parts with others have these ends alone. */
  private static final Set<End> FEW =
      EnumSet.of(End.MAIN_RETURNS, End.SIGTERM, End.SIGKILL, End.CRASH_ON_OUT_OF_MEMORY);

  private static final Set<Mode> WITH_FEW_ENDS =
      EnumSet.of(
          Mode.KEEP,
          Mode.SUBREAPER_AND_PROCESS_GROUP,
          Mode.SUBREAPER_AND_CGROUP,
          Mode.PROCESS_GROUP_AND_CGROUP,
          Mode.RUN);

  /** Every death in every mode; not every orderly end in modes that differ by what they share. */
  private static Stream<End> ends(Mode mode) {
    return Stream.of(End.values())
        .filter(end -> Jdk.FULL || !WITH_FEW_ENDS.contains(mode) || FEW.contains(end))
        .filter(
            end ->
                switch (mode) {
                  case WATCH_ONLY -> !end.isCrash() || end == End.SIGKILL;
                  case CHILDREN, PROCESS_GROUP, SUBREAPER, SUBREAPER_AND_PROCESS_GROUP, KEEP ->
                      true;
                  case CGROUP, SUBREAPER_AND_CGROUP, PROCESS_GROUP_AND_CGROUP, RUN ->
                      end.isCrash() || end == End.MAIN_RETURNS || end == End.SIGTERM;
                });
  }

  @AfterAll
  static void theDocsSayWhatHasPassed() throws IOException {
    if (!Launch.agentIsOff()) {
      PASSED.compareWithDocs();
    }
  }

  private Stream<DynamicTest> tests(Case c) {
    if (c.mode.isCgroup() && !Cgroup2.isWritable()) {
      return Stream.of(
          dynamicTest("skipped", () -> abort("there is no writable cgroup v2 here, for " + c)));
    }
    Outcome outcome = run(c);
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(
        dynamicTest(
            "exit status is what it would have been",
            () -> assertThat(outcome.status).as("%s", c).isEqualTo(c.end.status())));
    for (Shape shape : Shape.values()) {
      boolean dies = c.mode.kills(shape);
      long expected = dies ? 0 : Math.max(1, c.count(shape));
      tests.add(
          dynamicTest(
              shape + (dies ? " dies" : " stays alive"),
              () ->
                  assertThat(outcome.alive.get(shape))
                      .as("%s alive, %s; the worker said: %s", shape, c, outcome.said)
                      .isEqualTo(expected)));
    }
    outcome.bystanders.forEach(
        (name, alive) ->
            tests.add(
                dynamicTest(
                    "bystander " + name + " stays alive",
                    () -> assertThat(alive).as("%s", c).isTrue())));
    if (!c.end.isCrash() && c.mode != Mode.WATCH_ONLY) {
      tests.add(
          dynamicTest(
              "the worker leaves nothing to its sentinel",
              () -> assertThat(outcome.said).as("%s", c).containsPattern(KILLED)));
    }
    tests.add(
        dynamicTest(
            "neither sentinel nor ledger nor cgroup is left",
            () -> assertThat(outcome.traces).as("%s", c).isEmpty()));
    PASSED.expect(c.jdk, c.mode, c.end, tests.size());
    return tests.stream()
        .map(
            test ->
                dynamicTest(
                    test.getDisplayName(),
                    () -> {
                      test.getExecutable().execute();
                      PASSED.passed(c.jdk, c.mode, c.end);
                    }));
  }

  private Outcome run(Case c) {
    Launch launch = Launch.on(c.jdk).jvm("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    launch.under("setsid", "sh", "-c", BESIDE_BYSTANDERS, Worker.leaf(launch.dir()).toString());
    // What the ledger knows is to be read off the log.
    c.mode.prepare(launch, c.jdk, "300ms", "debug");
    c.end.prepare(launch);
    try (Worker worker = launch.start(Shapes.class, Integer.toString(c.wide()));
        Worker unrelated = Launch.bystander("UNRELATED")) {
      until(worker, () -> isComplete(c, worker, unrelated));
      if (c.mode.isSubreaper() && !Launch.agentIsOff()) {
        until(worker, () -> ledgerKnowsTheOrphans(worker));
      }
      c.end.bringTo(worker);
      int status = worker.waitFor(20);
      // The test of that shape, or of the traces, says what was late.
      becomes(SWEEP, () -> theDyingAreDead(c, worker));
      becomes(SWEEP, () -> Traces.of(worker).isEmpty());
      return new Outcome(
          status,
          Stream.of(Shape.values()).collect(Collectors.toMap(s -> s, s -> alive(worker, s))),
          Stream.concat(
                  worker.reported().entrySet().stream(), unrelated.reported().entrySet().stream())
              .filter(entry -> BYSTANDERS.contains(entry.getKey()))
              .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().get(0).isAlive())),
          Traces.of(worker),
          worker.stderr());
    }
  }

  private static boolean isComplete(Case c, Worker worker, Worker unrelated) {
    Map<String, List<Proc>> reported = worker.reported();
    return !reported.getOrDefault(Worker.SELF, List.of()).isEmpty()
        && Stream.of(Shape.values())
            .allMatch(s -> reported.getOrDefault(s.name(), List.of()).size() == c.count(s))
        && BYSTANDERS.stream()
            .allMatch(name -> reported.containsKey(name) || !unrelated.reported(name).isEmpty())
        && reported.get(Shape.STOPPED.name()).get(0).state() == 'T';
  }

  private static boolean ledgerKnowsTheOrphans(Worker worker) {
    String log = worker.stderr();
    return ORPHANS.stream()
        .flatMap(shape -> worker.reported(shape.name()).stream())
        .allMatch(orphan -> log.contains("adopted " + orphan.pid() + " "));
  }

  private static boolean theDyingAreDead(Case c, Worker worker) {
    return Stream.of(Shape.values())
        .noneMatch(s -> s != Shape.FORKER && c.mode.kills(s) && alive(worker, s) > 0);
  }

  private static long alive(Worker worker, Shape shape) {
    return shape == Shape.FORKER
        ? worker.isForking(Shapes.FORKER_SCRIPT) ? 1 : 0
        : worker.reported(shape.name()).stream().filter(Proc::isAlive).count();
  }
}
