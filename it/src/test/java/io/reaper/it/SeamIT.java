package io.reaper.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.EverySpawn;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever way a child is started, and whoever else transforms classes, it is recorded once. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#all")
record SeamIT(Jdk jdk) {

  private static final int SPAWNS = 10;
  private static final String DEBUG = "log=debug,grace=0";
  private static final Pattern STARTED = Pattern.compile("started (\\d+) .*EverySpawn\\.");

  private static void expectEachChildOnce(Launch launch) {
    try (Worker worker = launch.start(EverySpawn.class)) {
      assertThat(worker.waitFor(20)).as(worker.stderr()).isZero();
      List<Long> recorded =
          STARTED
              .matcher(worker.stderr())
              .results()
              .map((MatchResult match) -> Long.parseLong(match.group(1)))
              .toList();
      List<Long> started = worker.reported(EverySpawn.CHILD).stream().map(Proc::pid).toList();
      assertThat(started).hasSize(SPAWNS);
      assertThat(recorded).containsExactlyInAnyOrderElementsOf(started);
      assertThat(worker.stdout()).isEmpty();
    }
  }

  @Test
  void childIsRecordedOnceWhicheverWayItIsStarted() {
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG));
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "spawn", "transform", "rewrite", "retransform"})
  void childIsRecordedOnceWhenAnotherAgentCameBefore(String deed, @TempDir Path dir) {
    Path other = OtherAgent.jar(dir);
    expectEachChildOnce(Launch.on(jdk).javaAgent(other, deed).agent(DEBUG));
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "spawn", "transform", "rewrite", "retransform"})
  void childIsRecordedOnceWhenAnotherAgentCameAfter(String deed, @TempDir Path dir) {
    Path other = OtherAgent.jar(dir);
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG).javaAgent(other, deed));
  }
}
