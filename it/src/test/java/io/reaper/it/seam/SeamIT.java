package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.EverySpawn;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.End;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever way a child is started, and whatever else transforms classes, it is recorded once. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
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

  @NeedsAgent
  @Test
  void childOfAThreadOfAnAgentThatCameBeforeOutlivesTheWorker(@TempDir Path dir) {
    Launch launch = Launch.on(jdk).javaAgent(OtherAgent.jar(dir), "spawn-in-a-thread");
    try (Worker worker = launch.agent("subreaper=true").start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(worker, () -> worker.reported("EARLY").size() == 1);
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.reported("CHILD")).noneMatch(Proc::isAlive);
      assertThat(worker.reported("EARLY")).as(worker.stderr()).allMatch(Proc::isAlive);
    }
  }

  private static Path kept(Path ledgers) throws IOException {
    try (Stream<Path> files = Files.list(ledgers)) {
      return files
          .filter(file -> file.getFileName().toString().matches("woven-[0-9a-f]+"))
          .collect(Collectors.collectingAndThen(Collectors.toList(), SeamIT::only));
    }
  }

  private static Path only(List<Path> found) {
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void whatWasWovenIsKeptForTheNextWorker(@TempDir Path dir) throws IOException {
    Path ledgers = dir.resolve("ledgers");
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG + ",dir=" + ledgers));
    Object first = Files.getAttribute(kept(ledgers), "unix:ino");
    String loaded = "-Xlog:class+load:file=" + dir.resolve("loaded");
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG + ",dir=" + ledgers).jvm(loaded));
    assertThat(Files.getAttribute(kept(ledgers), "unix:ino")).isEqualTo(first);
    assertThat(Files.readString(dir.resolve("loaded")))
        .contains("io.reaper.core.spawn.Woven")
        .doesNotContain("net.bytebuddy");
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"empty", "torn", "damaged", "of another JDK"})
  void whatWasKeptAndIsNotWholeIsWovenAnew(String how, @TempDir Path dir) throws IOException {
    Path ledgers = dir.resolve("ledgers");
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG + ",dir=" + ledgers));
    Path kept = kept(ledgers);
    byte[] whole = Files.readAllBytes(kept);
    byte[] broken = whole.clone();
    switch (how) {
      case "empty" -> broken = new byte[0];
      case "torn" -> broken = Arrays.copyOf(whole, whole.length / 2);
      case "damaged" -> broken[whole.length - 100] ^= 1;
      default -> broken[100] ^= 1;
    }
    Files.write(kept, broken);
    expectEachChildOnce(Launch.on(jdk).agent(DEBUG + ",dir=" + ledgers));
    assertThat(Files.readAllBytes(kept(ledgers))).isEqualTo(whole);
  }
}
