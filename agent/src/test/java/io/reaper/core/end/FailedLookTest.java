package io.reaper.core.end;

import static io.reaper.core.end.FakeWorld.pids;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.end.Termination.Outcome;
import io.reaper.core.observe.Reason;
import io.reaper.core.proc.ProcessId;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends processes while looks at them fail, as without a free descriptor (open(2), EMFILE). */
class FailedLookTest {
  private static final long GRACE = 2000;

  private final FakeWorld world = new FakeWorld();

  @Test
  void noProcessIsKilledUnaskedBecauseTheFirstLookHasFailed() {
    world.obedient(10);
    world.looksFail(0, 100);
    Outcome outcome = world.end(GRACE, world);
    assertThat(world.calls()).containsExactly("kill(10, TERM)", "killInOneStroke()");
    assertThat(pids(outcome.ended())).containsExactly(10);
  }

  @Test
  void oneThatIsDeafIsKilledThoughTheFirstLookAfterTheGraceHasFailed() {
    world.deaf(10);
    world.looksFail(GRACE, GRACE + 500);
    Outcome outcome = world.end(GRACE, world);
    assertThat(world.calls()).endsWith("kill(10, KILL)");
    assertThat(pids(outcome.ended())).containsExactly(10);
  }

  @Test
  void oneThatNoLookShowsAnyMoreIsLeftAndNotKilled() {
    world.deaf(10);
    world.obedient(11);
    world.looksFail(GRACE, Long.MAX_VALUE);
    Outcome outcome = world.end(GRACE, world);
    assertThat(pids(outcome.ended())).containsExactly(11);
    assertThat(pids(outcome.hidden())).containsExactly(10);
    assertThat(outcome.areAllDead()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, GRACE})
  void looksThatFailForEverCostASecondBesideTheGraceAndFewLooks(long grace) {
    world.deaf(10);
    world.looksFail(0, Long.MAX_VALUE);
    Outcome outcome = world.end(grace, world);
    assertThat(outcome.foundProcesses()).isFalse();
    assertThat(world.millis()).isBetween(grace + 1_000, grace + 1_300);
    assertThat(world.looks()).hasSizeLessThan(40);
  }

  @Test
  void oneThatIsKeptBeforeItHasEndedIsNotTakenForKilled() {
    world.deaf(10);
    Target kept = world.find(List.of()).get(0);
    Outcome outcome =
        world.end(
            GRACE,
            new Targets() {
              @Override
              public List<Target> find(Collection<ProcessId> found) {
                return world.millis() < GRACE ? world.find(found) : List.of();
              }

              @Override
              public List<Target> spared() {
                return world.millis() < GRACE
                    ? List.of()
                    : List.of(new Target(kept.process(), Reason.of("kept")));
              }
            });
    assertThat(world.alive()).containsExactly(10);
    assertThat(outcome.ended()).isEmpty();
    assertThat(outcome.areAllDead()).isTrue();
  }
}
