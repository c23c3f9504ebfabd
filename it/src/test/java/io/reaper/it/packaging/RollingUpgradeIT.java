package io.reaper.it.packaging;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.End;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A node on which the agent is upgraded while workers run. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
class RollingUpgradeIT {
  private static final String MODES = "subreaper=true,process-group=true,grace=300ms";

  private final Jdk jdk;

  @TempDir private Path dir;

  RollingUpgradeIT(Jdk jdk) {
    this.jdk = jdk;
  }

  /** How a file of another version comes in the place of the jar. */
  enum How {
    /** As cp(1) does, into the very file that the worker has open. */
    OVERWRITTEN {
      @Override
      void replace(Path jar, Path other) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar)) {
          Files.copy(other, out);
        }
      }
    },
    /** As mv(1) and package managers do. */
    RENAMED {
      @Override
      void replace(Path jar, Path other) throws IOException {
        Path beside = Files.copy(other, jar.resolveSibling("beside.jar"));
        Files.move(beside, jar, StandardCopyOption.ATOMIC_MOVE);
      }
    };

    abstract void replace(Path jar, Path other) throws IOException;
  }

  enum When {
    BEFORE_THE_FIRST_START,
    AFTER_IT
  }

  static Stream<Arguments> replacements() {
    return Rows.withEachPair(
        List.of(How.values()),
        List.of(When.values()),
        List.of(MODES, MODES + ",keep=that-has-no-process"),
        List.of(End.SYSTEM_EXIT, End.SIGKILL));
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("replacements")
  void workerKeepsItsPromisesThoughAnotherVersionTakesThePlaceOfItsJar(
      How how, When when, String arguments, End end) throws IOException {
    Path jar = Files.copy(Launch.agentJar(), dir.resolve("agent.jar"));
    Path other = otherVersion(dir.resolve("other.jar"));
    Launch launch = Launch.on(jdk);
    launch.javaAgent(jar, arguments + ",dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> isInItsModes(worker));
      if (when == When.BEFORE_THE_FIRST_START) {
        how.replace(jar, other);
      }
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      if (when == When.AFTER_IT) {
        how.replace(jar, other);
      }
      worker.say("setsid-grandchild GRANDCHILD");
      until(worker, () -> worker.reported("GRANDCHILD").size() == 1);
      worker.say("status");
      until(worker, () -> worker.stdout().equals("7\n"));
      bringTo(end, worker);
      assertThat(worker.waitFor(30)).as(worker.stderr()).isEqualTo(end.status());
      untilAsserted(() -> expectNoProcessToBeLeft(worker));
      untilAsserted(() -> assertThat(Traces.of(worker)).as(worker.stderr()).isEmpty());
      assertThat(worker.stderr())
          .contains("killed")
          .doesNotContain("[error]", "\tat ", "not to be trusted");
    }
  }

  /** The modes are entered beside main. */
  private static boolean isInItsModes(Worker worker) throws IOException {
    return !worker.reported(Worker.SELF).isEmpty()
        && Files.readString(Path.of("/proc/" + worker.self().pid() + "/limits"))
            .matches("(?s).*Max file locks +\\d.*");
  }

  /** In a crash a process is left that no ledger names: it is known by its mark alone. */
  private static void bringTo(End end, Worker worker) {
    if (end == End.SIGKILL) {
      worker.say("hide-and-kill HIDDEN");
      until(() -> worker.reported("HIDDEN").size() == 1);
    } else {
      end.bringTo(worker);
    }
  }

  private static void expectNoProcessToBeLeft(Worker worker) {
    assertThat(
            Stream.of("CHILD", "GRANDCHILD", "HIDDEN").flatMap(of -> worker.reported(of).stream()))
        .as(worker.stderr())
        .noneMatch(Proc::isAlive);
  }

  @Test
  void workersOfTwoVersionsDieInOneDirectoryAtTheSameTime() throws IOException {
    Path other = otherVersion(dir.resolve("other.jar"));
    Launch first = Launch.on(jdk);
    Launch second = Launch.on(jdk);
    String arguments = MODES + ",dir=" + Traces.ledgers(first.dir());
    try (Worker one = first.javaAgent(Launch.agentJar(), arguments).start(ObeyingWorker.class);
        Worker two = second.javaAgent(other, arguments).start(ObeyingWorker.class)) {
      for (Worker worker : List.of(one, two)) {
        until(worker, () -> isInItsModes(worker));
        worker.say("spawn CHILD");
        until(worker, () -> worker.reported("CHILD").size() == 1);
        worker.say("setsid-grandchild GRANDCHILD");
        until(worker, () -> worker.reported("GRANDCHILD").size() == 1);
      }
      assertThat(Ledgers.in(Traces.ledgers(first.dir()))).hasSize(2);
      for (Worker worker : List.of(one, two)) {
        worker.say("hide-and-kill HIDDEN");
      }
      for (Worker worker : List.of(one, two)) {
        until(() -> worker.reported("HIDDEN").size() == 1);
        untilAsserted(() -> expectNoProcessToBeLeft(worker));
      }
      untilAsserted(() -> assertThat(Traces.of(one)).as(one.stderr() + two.stderr()).isEmpty());
      assertThat(one.stderr() + two.stderr()).doesNotContain("[error]", "another version", "trust");
    }
  }

  /**
   * Makes of the agent's jar one of a later version, which writes another ledger, and in which
   * everything is at another place.
   */
  private static Path otherVersion(Path jar) throws IOException {
    try (JarFile from = new JarFile(Launch.agentJar().toFile());
        OutputStream file = Files.newOutputStream(jar);
        JarOutputStream to = new JarOutputStream(file)) {
      to.putNextEntry(new JarEntry("META-INF/new-in-this-version"));
      to.write(new byte[1 << 16]);
      for (JarEntry entry : from.stream().toList()) {
        to.putNextEntry(new JarEntry(entry.getName()));
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        to.write(text.replace("ledger 6", "ledger 7").getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return jar;
  }
}
