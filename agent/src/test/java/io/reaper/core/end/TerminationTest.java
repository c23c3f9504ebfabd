package io.reaper.core.end;

import static io.reaper.core.end.FakeWorld.pids;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.end.Termination.Outcome;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.ProcessId;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TerminationTest {
  private static final long GRACE = 2000;

  private final FakeWorld world = new FakeWorld();

  private Outcome end(long grace) {
    return world.end(grace, world);
  }

  @Test
  void processThatEndsOnTermCostsNoWaiting() {
    world.obedient(10);
    Outcome outcome = end(GRACE);
    assertThat(world.calls()).containsExactly("kill(10, TERM)", "killInOneStroke()");
    assertThat(world.millis()).isZero();
    assertThat(pids(outcome.ended())).containsExactly(10);
    assertThat(outcome.left()).isEmpty();
  }

  @Test
  void everyProcessIsSentSigkillThoughALookLastsLongerThanTheEndWaits() {
    world.deaf(10);
    world.deaf(11).thatDoes(() -> world.deaf(12));
    world.looksTake(20_000);
    Outcome outcome = end(GRACE);
    assertThat(world.calls()).contains("kill(10, KILL)", "kill(11, KILL)", "kill(12, KILL)");
    assertThat(pids(outcome.ended())).containsExactlyInAnyOrder(10, 11, 12);
    assertThat(outcome.left()).isEmpty();
  }

  @Test
  void processThatTakesItsTimeCostsThatTimeAndNoMore() {
    world.obedient(10).thatTakes(100);
    world.obedient(11).thatTakes(30);
    end(GRACE);
    assertThat(world.calls())
        .containsExactly("kill(10, TERM)", "kill(11, TERM)", "killInOneStroke()");
    assertThat(world.millis()).isBetween(100L, 115L);
  }

  @Test
  void processThatMayShareTheCallersMemoryIsSentNothingThatAHandlerCouldCatch() {
    world.obedient(10);
    world.obedient(11);
    Outcome outcome =
        world.end(
            GRACE,
            found -> {
              List<Target> there = world.find(found);
              there.stream().filter(each -> each.id().pid() == 11).forEach(Target::sharesMemory);
              return there;
            });
    assertThat(world.calls()).containsExactly("kill(10, TERM)", "kill(11, KILL)");
    assertThat(pids(outcome.ended())).containsExactlyInAnyOrder(10, 11);
    // The grace is for those that were asked to end.
    assertThat(world.millis()).isZero();
  }

  @Test
  void thoseThatIgnoreTermCostTheGraceOnceForAllOfThem() {
    world.deaf(10);
    world.obedient(11);
    world.deaf(12);
    Outcome outcome = end(GRACE);
    assertThat(world.calls())
        .containsExactly(
            "kill(10, TERM)",
            "kill(11, TERM)",
            "kill(12, TERM)",
            "killInOneStroke()",
            "kill(10, KILL)",
            "kill(12, KILL)");
    assertThat(world.millis()).isBetween(GRACE, GRACE + 20);
    assertThat(pids(outcome.ended())).containsExactly(10, 11, 12);
    assertThat(world.alive()).isEmpty();
  }

  @Test
  void stoppedProcessGetsContAfterTheSignalAndOthersDoNot() {
    world.process(10, 'T', Signal.TERM, Signal.KILL);
    world.obedient(11);
    end(GRACE);
    assertThat(world.calls())
        .containsExactly("kill(10, TERM)", "kill(10, CONT)", "kill(11, TERM)", "killInOneStroke()");
    assertThat(world.millis()).isZero();
  }

  @Test
  void noGraceIsNoPoliteSignal() {
    world.obedient(10);
    world.process(11, 'T', Signal.KILL);
    end(0);
    assertThat(world.calls())
        .containsExactly("killInOneStroke()", "kill(10, KILL)", "kill(11, KILL)");
    assertThat(world.millis()).isZero();
  }

  @Test
  void politeSignalIsTheOneAskedFor() {
    world.process(10, 'S', Signal.USR1);
    new Termination(
            world, world, Signal.USR1, GRACE, Observation.unobserved(Log.toStderr(Log.Level.OFF)))
        .end(world);
    assertThat(world.calls()).containsExactly("kill(10, USR1)", "killInOneStroke()");
  }

  @Test
  void withoutALibraryTheGraceIsForTerm() {
    world.obedient(10);
    world.hasNoLibrary();
    new Termination(
            world, world, Signal.HUP, GRACE, Observation.unobserved(Log.toStderr(Log.Level.OFF)))
        .end(world);
    assertThat(world.alive()).isEmpty();
    assertThat(world.millis()).isZero();
  }

  @Test
  void processThatHasEndedBeforeTheSignalIsNotKilled() {
    Targets late = found -> found.isEmpty() ? new FakeWorldWith(10, 100).find(found) : List.of();
    for (long grace : new long[] {GRACE, 0}) {
      Outcome outcome = world.end(grace, late);
      assertThat(outcome.ended()).isEmpty();
      assertThat(outcome.foundProcesses()).isFalse();
    }
  }

  @Test
  void thoseThatWillNotDieAreWaitedForTogether() {
    world.deaf(9).thatDoes(() -> IntStream.range(10, 30).forEach(pid -> world.process(pid, 'D')));
    world.looksTake(10_000);
    Outcome outcome = end(0);
    assertThat(outcome.left()).hasSize(20);
    assertThat(world.millis()).isLessThan(25_000L);
  }

  @Test
  void newcomerOfALaterLookIsAskedToEndToo() {
    world.obedient(10).thatDoes(() -> world.obedient(11));
    Outcome outcome = end(GRACE);
    assertThat(world.calls())
        .containsExactly("kill(10, TERM)", "kill(11, TERM)", "killInOneStroke()");
    assertThat(pids(outcome.ended())).containsExactly(10, 11);
    assertThat(world.alive()).isEmpty();
  }

  @Test
  void newcomerAfterTheGraceIsKilled() {
    world.deaf(10).thatDoes(() -> world.obedient(11).thatDoes(() -> world.deaf(12)));
    Outcome outcome = end(GRACE);
    assertThat(world.calls())
        .endsWith("kill(10, KILL)", "kill(11, KILL)", "kill(12, KILL)")
        .doesNotContain("kill(11, TERM)");
    assertThat(pids(outcome.ended())).containsExactly(10, 11, 12);
    assertThat(world.alive()).isEmpty();
  }

  @Test
  void oneThatForksAndExitsAllTheTimeIsOutrun() {
    forkAndExit(100);
    Outcome outcome = end(GRACE);
    assertThat(outcome.ended()).hasSize(50);
    assertThat(world.alive()).isEmpty();
    assertThat(outcome.left()).isEmpty();
  }

  private void forkAndExit(int pid) {
    world
        .obedient(pid)
        .thatDoes(
            () -> {
              if (pid < 149) {
                forkAndExit(pid + 1);
              }
            });
  }

  @Test
  void laterLookIsToldWhatTheEarlierOnesFound() {
    world.obedient(10).thatDoes(() -> world.obedient(11));
    end(GRACE);
    ProcessId first = new ProcessId(10, 100);
    ProcessId second = new ProcessId(11, 110);
    assertThat(world.looks().get(0)).isEmpty();
    assertThat(world.looks().get(1)).containsExactly(first);
    assertThat(world.looks().get(world.looks().size() - 1)).containsOnly(first, second);
  }

  @Test
  void numberThatIsAnothersByTheTimeOfTheSignalIsLeftAlone() {
    Targets stale =
        found ->
            found.isEmpty()
                ? new FakeWorldWith(10, 100).find(found)
                : world.find(found).subList(1, 1);
    world.process(10, 999, 'S', Signal.TERM, Signal.KILL);
    for (long grace : new long[] {GRACE, 0}) {
      world.end(grace, stale);
    }
    assertThat(world.calls()).doesNotContain("kill(10, TERM)", "kill(10, KILL)");
    assertThat(world.alive()).containsExactly(10);
  }

  /** What a look saw that is no longer so. */
  private record FakeWorldWith(int pid, long start) {
    List<Target> find(Collection<ProcessId> found) {
      FakeWorld before = new FakeWorld();
      before.process(pid, start, 'T');
      return before.find(found);
    }
  }

  @Test
  void numberThatIsFreedAndReusedDuringTheGraceIsNotKilled() {
    world
        .obedient(10)
        .thatDoes(() -> world.process(10, 999, 'S', Signal.TERM, Signal.KILL).thatTakes(1));
    world.deaf(11);
    Targets mine = found -> world.find(found).stream().filter(t -> t.id().start() != 999).toList();
    world.end(GRACE, mine);
    assertThat(world.calls()).containsOnlyOnce("kill(10, TERM)").doesNotContain("kill(10, KILL)");
    assertThat(world.alive()).containsExactly(10);
  }

  @Test
  void patienceEndsForOneThatWillNotDieAndItIsLeft() {
    world.process(10, 'D');
    world.obedient(11);
    Outcome outcome = end(GRACE);
    assertThat(pids(outcome.left())).containsExactly(10);
    assertThat(pids(outcome.ended())).containsExactly(11);
    assertThat(world.millis()).isBetween(GRACE + 1_000, GRACE + 1_200);
  }

  @Test
  void patienceWithOneThatWillNotDieIsNotOneWithThoseThatTakeTheirTime() {
    world.process(10, 'D');
    world.deaf(11).thatDoes(() -> world.deaf(12).thatTakes(900)).thatTakes(900);
    Outcome outcome = end(0);
    assertThat(pids(outcome.left())).containsExactly(10);
    assertThat(world.alive()).containsExactly(10);
    assertThat(world.millis()).isLessThan(2_200L);
  }

  @Test
  void orphanThatMayNotBeSignalledAndIsSeenAtEachLookIsNotWaitedFor() {
    FakeWorld withOrphans =
        new FakeWorld() {
          @Override
          public List<Target> newOrphans() {
            return find(List.of());
          }
        };
    withOrphans.anothers(10);
    withOrphans.looksTake(1);
    Outcome outcome = withOrphans.end(0, withOrphans);
    assertThat(pids(outcome.refusing())).containsExactly(10);
    assertThat(withOrphans.millis()).isLessThan(100);
  }

  @Test
  void oneThatMayNotBeSignalledIsNotWaitedForAndIsNeitherKilledNorJustLeft() {
    world.anothers(10);
    world.obedient(11);
    for (long grace : new long[] {GRACE, 0}) {
      Outcome outcome = end(grace);
      assertThat(pids(outcome.refusing())).containsExactly(10);
      assertThat(outcome.areAllDead()).isFalse();
      assertThat(outcome.ended().size() + outcome.left().size()).isEqualTo(grace == 0 ? 0 : 1);
      assertThat(outcome.left()).isEmpty();
      assertThat(world.millis()).isZero();
    }
    assertThat(world.calls())
        .containsExactly(
            "kill(10, TERM)",
            "kill(11, TERM)",
            "killInOneStroke()",
            "killInOneStroke()",
            "kill(10, KILL)");
  }

  @Test
  void whatTheKernelKillsInOneStrokeIsKilledOnceAndOnlyAfterTheGrace() {
    world.deaf(10).thatTakes(500);
    end(GRACE);
    assertThat(world.killedAtOnce()).isEqualTo(1);
    assertThat(world.calls().subList(0, 2)).containsExactly("kill(10, TERM)", "killInOneStroke()");
  }

  @Test
  void noProcessToEndCostsNothing() {
    Outcome outcome = end(GRACE);
    assertThat(world.calls()).containsExactly("killInOneStroke()");
    assertThat(world.millis()).isZero();
    assertThat(outcome.ended()).isEmpty();
  }
}
