package io.reaper.it.crash;

import static io.reaper.it.crash.Sentinels.CHILD;
import static io.reaper.it.crash.Sentinels.expectCrashToBeSwept;
import static io.reaper.it.crash.Sentinels.launch;
import static io.reaper.it.crash.Sentinels.order;
import static io.reaper.it.crash.Sentinels.sentinel;
import static io.reaper.it.crash.Sentinels.spawn;
import static io.reaper.it.crash.Sentinels.start;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.End;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A sentinel that cannot be started at once: the worker goes on, and another try is made. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record LateSentinelIT(Jdk jdk) {

  private static final String HUNG = "HUNG";

  /** Has the starters of sentinels do that before they become what they were to be. */
  private Launch worker(String modes, String script) throws IOException {
    Launch launch = launch(jdk, modes);
    Path bin = Files.createDirectory(launch.dir().resolve("bin"));
    Path setsid = bin.resolve("setsid");
    Files.writeString(
        setsid,
        "#!/bin/sh\nPLACE=" + launch.dir() + "\n" + script + "\nexec /usr/bin/setsid \"$@\"\n");
    setsid.toFile().setExecutable(true);
    return launch.environment("PATH", bin + ":" + System.getenv("PATH"));
  }

  private static void expectEnd(Worker worker) {
    End.MAIN_RETURNS.bringTo(worker);
    assertThat(worker.waitFor(20)).as(worker.toString()).isZero();
    assertThat(worker.reported(CHILD)).hasSize(1).noneMatch(Proc::isAlive);
    untilAsserted(() -> assertThat(worker.reported(HUNG)).isNotEmpty().noneMatch(Proc::isAlive));
    untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
  }

  @Test
  void sentinelThatIsRefusedAtTheFirstTriesIsThereAMomentLater() throws IOException {
    String refused = "for i in 1 2; do ! mkdir \"$PLACE/try$i\" 2>&- || exit 1; done";
    try (Worker worker = start(worker("grace=0", refused))) {
      order(worker, "spawn", CHILD);
      sentinel(worker);
      expectCrashToBeSwept(worker);
    }
  }

  @Test
  void killLogIsTakenOnWhileThereIsNoSentinel() throws IOException {
    String refused = "[ ! -e \"$PLACE/refused\" ] || exit 1";
    try (Worker worker = start(worker("grace=0", refused))) {
      Proc sentinel = spawn(worker);
      Path refuses = Files.createFile(worker.dir().resolve("refused"));
      sentinel.kill();
      until(worker, () -> worker.stderr().contains("cannot start the sentinel"));
      Files.delete(refuses);
      String pid = String.valueOf(worker.self().pid());
      Path killLog = worker.dir().resolve("kills");
      Answer attached = Answer.of(Launch.on(jdk).tool("attach", pid, "kill-log=" + killLog));
      assertThat(attached.status()).as(attached.refused()).isZero();
      assertThat(worker.stderr()).doesNotContain("NullPointerException");
      End.MAIN_RETURNS.bringTo(worker);
      assertThat(worker.waitFor(20)).isZero();
      assertThat(killLog).content().contains("\"orderly\"");
      untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
    }
  }

  @Tag("slow")
  @Test
  void starterThatHangsIsKilledAndAnotherStartsTheSentinel() throws IOException {
    String hangs =
        "if mkdir \"$PLACE/hung\"; then echo HUNG $$ >>\"$PLACE/report\"; exec sleep 999; fi";
    try (Worker worker = start(worker("leaks=fail", hangs + " 2>&-"))) {
      Proc child = order(worker, "spawn", CHILD);
      sentinel(worker);
      untilAsserted(
          () -> assertThat(Proc.childrenOf(worker.self().pid())).isEqualTo(List.of(child)));
      child.kill();
      until(() -> child.state() == 'X');
      expectEnd(worker);
    }
  }

  @Tag("slow")
  @Test
  void endDoesNotWaitForStartersThatHang() throws IOException {
    String hangs = "echo HUNG $$ >>\"$PLACE/report\"; exec sleep 999";
    try (Worker worker = start(worker("grace=10s", hangs))) {
      order(worker, "spawn", CHILD);
      until(worker, () -> worker.reported(HUNG).size() > 1);
      expectEnd(worker);
    }
  }
}
