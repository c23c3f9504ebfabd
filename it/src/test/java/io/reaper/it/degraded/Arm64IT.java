package io.reaper.it.degraded;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A worker on arm64, under qemu-user, with the JREs for arm64 in {@code ~/.jdks/arm64}. The
 * emulator has no subreaper, and starts no emulated program by itself, so that the JDK must start
 * children without its helper, and no sweeper runs.
 */
@NeedsAgent
@Tag("full")
@ParameterizedClass
@MethodSource("jres")
record Arm64IT(Jdk jdk) {
  private static final Path JRES = Path.of(System.getProperty("user.home"), ".jdks", "arm64");
  private static final String LIBRARIES = "/usr/aarch64-linux-gnu";
  private static final String[] EMULATOR = {"qemu-aarch64", "-L", LIBRARIES};

  /** An emulated JVM takes seconds to start. */
  private static final Duration LONG = Duration.ofSeconds(100);

  static List<Jdk> jres() throws IOException {
    if (!Files.isDirectory(JRES)) {
      return List.of(new Jdk(0, JRES));
    }
    try (Stream<Path> homes = Files.list(JRES)) {
      return homes.flatMap(home -> Jdk.at(home).stream()).toList();
    }
  }

  @BeforeEach
  void assumeEmulator() {
    assumeThat(jdk.java()).as("there is a JRE for arm64").isExecutable();
    assumeThat(Machine.allows("qemu-aarch64", "-version")).as("there is qemu-user").isTrue();
    assumeThat(Path.of(LIBRARIES)).as("libc6-arm64-cross is there").isDirectory();
  }

  private Worker start(String modes) {
    Launch launch = Launch.on(jdk).under(EMULATOR);
    launch.jvm("-Djdk.lang.Process.launchMechanism=FORK");
    launch.agent(modes + ",grace=300ms,dir=" + Traces.ledgers(launch.dir()));
    return launch.start(ObeyingWorker.class);
  }

  private static Proc spawn(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    until(LONG, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  @ParameterizedTest
  @EnumSource(names = {"SYSTEM_EXIT", "SIGKILL"})
  void groupEndsWithTheWorker(End end) {
    try (Worker worker = start("process-group=true")) {
      Proc child = spawn(worker, "spawn", "CHILD");
      Proc grandchild = spawn(worker, "grandchild", "GRANDCHILD");
      Proc outside = spawn(worker, "setsid-grandchild", "OUTSIDE");
      worker.say("status");
      until(LONG, () -> worker.stdout().equals("7\n"));
      if (end.isCrash()) {
        worker.launched().kill();
      } else {
        worker.say("exit");
      }
      assertThat(worker.waitFor(100)).as(worker.stderr()).isEqualTo(end.status());
      untilAsserted(() -> assertThat(List.of(child, grandchild)).noneMatch(Proc::isAlive));
      untilAsserted(() -> assertThat(Traces.of(worker)).as(worker.stderr()).isEmpty());
      assertThat(outside.isAlive()).isTrue();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains(end.isCrash() ? "is dead: killed " : "[warn] killed ");
    }
  }

  @Test
  void childrenEndThoughTheEmulatorHasNoSubreaper() {
    try (Worker worker = start("subreaper=true")) {
      Proc child = spawn(worker, "spawn", "CHILD");
      worker.say("exit");
      assertThat(worker.waitFor(100)).as(worker.stderr()).isEqualTo(3);
      assertThat(child.isAlive()).isFalse();
      assertThat(worker.stderr())
          .contains("cannot be a subreaper: prctl(PR_SET_CHILD_SUBREAPER) answered errno 22");
    }
  }
}
