package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hostile;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What root learns, shows and waits for when the JVM that it attaches to means no good. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record HostileJvmIT(Jdk jdk) {
  private static final String SECRET = "root's own words";

  @BeforeEach
  void assumeRoot() {
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the jar").isTrue();
  }

  private Answer attach(Worker worker, String... jvm) {
    String pid = Long.toString(worker.self().pid());
    return Answer.of(Launch.on(jdk).jvm(jvm).tool("attach", pid));
  }

  private Worker hostile(String... how) throws IOException {
    Launch launch = Launch.on(jdk).under(Machine.NOBODY);
    Machine.open(launch.dir());
    Worker worker = launch.start(Hostile.class, how);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    return worker;
  }

  @Test
  void linkInPlaceOfTheAnswerShowsNothingOfRoots(@TempDir Path directory) throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), SECRET);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    try (Worker worker = hostile("link", secret.toString())) {
      Answer answer = attach(worker);
      until(worker, () -> !worker.reported(Hostile.DONE).isEmpty());
      assertThat(answer.said() + answer.refused()).doesNotContain(SECRET);
      assertThat(secret).hasContent(SECRET);
    }
  }

  @Test
  void pipeInPlaceOfTheAnswerKeepsNoCommandWaiting() throws IOException {
    try (Worker worker = hostile("pipe")) {
      Answer answer = attach(worker);
      until(worker, () -> !worker.reported(Hostile.DONE).isEmpty());
      assertThat(answer.refused().lines().count() + answer.said().lines().count()).isEqualTo(1);
    }
  }

  @Test
  void nothingThatItSaysReachesTheTerminalRaw() throws IOException {
    try (Worker worker = hostile("text")) {
      Answer answer = attach(worker);
      until(worker, () -> !worker.reported(Hostile.DONE).isEmpty());
      assertThat(answer.said())
          .contains("\\u001b]0;owned\\u0007reaper-agent: [info] \\u202eforged\\r\\u009b2J\n")
          .matches("[\\P{Cntrl}\n]*");
    }
  }

  /** Half a minute, which is how long the question waits. */
  @Tag("full")
  @Test
  void jvmThatTakesTheQuestionAndGivesNoAnswerIsNotWaitedForForEver() {
    try (Worker worker = Launch.on(jdk).under("setsid").start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(attach(worker).status()).isZero();
      Proc.signal("STOP", List.of(worker.self()));
      Answer answer = attach(worker, "-Djava.io.tmpdir=" + worker.dir());
      assertThat(worker.dir().toFile().list()).noneMatch(name -> name.startsWith("reaper-attach-"));
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.refused().lines()).singleElement().asString().contains("no answer within");
    }
  }
}
