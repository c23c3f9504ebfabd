package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ManySpawns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A subreaper worker under load: every status is the true one, and no zombie stays. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record SigchldIT(Jdk jdk) {

  private static final int SIGCHLD = 17;
  private static final int SPAWNS = Jdk.FULL ? 2_000 : 500;
  private static final String IGNORING = "subreaper=true,sigchld=ignore";
  private static final String BESIDE = "beside-a-long-lived-child";

  private Worker storm(String arguments, int spawns, String kind, String... more) {
    return storm(launch(arguments), spawns, kind, more);
  }

  private Launch launch(String arguments) {
    Launch launch = Launch.on(jdk);
    return launch.agent(arguments + ",dir=" + launch.dir().resolve("ledgers"));
  }

  private static Worker storm(Launch launch, int spawns, String kind, String... more) {
    Worker worker =
        launch.start(
            ManySpawns.class,
            Stream.concat(Stream.of(String.valueOf(spawns), kind), Arrays.stream(more))
                .toArray(String[]::new));
    until(Duration.ofMinutes(4), () -> worker.stdout().endsWith("wrong\n") || !worker.isAlive());
    return worker;
  }

  private static void expectTheTruth(Worker worker) {
    assertThat(worker.stdout()).isEqualTo("0 wrong\n");
    assertThat(worker.stderr()).isEmpty();
  }

  private static void expectNoZombies(Worker worker) {
    untilAsserted(() -> assertThat(Proc.zombiesOf(worker.self().pid())).isEmpty());
  }

  private static void expectIgnored(Worker worker) {
    untilAsserted(() -> assertThat(worker.self().ignores(SIGCHLD)).isTrue());
  }

  @Tag("slow")
  @Test
  void thousandsOfSpawnsThatLeaveOrphansTellTheirTrueStatusesAndLeaveNoZombies() {
    try (Worker worker = storm(IGNORING, 5 * SPAWNS, "statuses")) {
      expectTheTruth(worker);
      expectNoZombies(worker);
      expectIgnored(worker);
      assertThat(Proc.childrenOf(worker.self().pid())).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ignore", "default"})
  void orphansAreReapedWhileALongLivedChildIsRunning(String sigchld) {
    String arguments = "subreaper=true,sigchld=" + sigchld;
    try (Worker worker = storm(arguments, SPAWNS, "statuses", BESIDE)) {
      expectTheTruth(worker);
      expectNoZombies(worker);
      assertThat(worker.self().ignores(SIGCHLD)).isFalse();
      assertThat(Proc.childrenOf(worker.self().pid())).isEqualTo(worker.reported("LONG_LIVED"));

      // Once the child is collected, none is left to wait for.
      worker.reported("LONG_LIVED").get(0).kill();
      if (sigchld.equals("ignore")) {
        expectIgnored(worker);
      }
    }
  }

  @Test
  void sigchldIsNotIgnoredUnlessThatIsAskedFor() {
    try (Worker worker = storm("subreaper=true", SPAWNS, "statuses")) {
      expectTheTruth(worker);
      expectNoZombies(worker);
      assertThat(worker.self().ignores(SIGCHLD)).isFalse();
    }
  }

  @Test
  void everyWayToWaitForAChildTellsItsTrueStatus() {
    try (Worker worker = storm(IGNORING, SPAWNS, "waits")) {
      expectTheTruth(worker);
      expectNoZombies(worker);
      expectIgnored(worker);
    }
  }

  @Test
  void childrenThatWaitForChildrenOfTheirOwnAreToldTheTruth() {
    try (Worker worker = storm("subreaper=true", 120, "programs")) {
      expectTheTruth(worker);
      expectNoZombies(worker);
    }
  }

  /** By signal(2) it finds what the agent has set, and restores that later. */
  @Test
  void applicationThatPutsBackTheHandlerThatItFoundReadsTrueStatuses() throws IOException {
    assumeThat(jdk.tool("javac")).as("no JRE, which may lack sun.misc.Signal").isExecutable();
    Launch launch = launch(IGNORING);
    Path source = launch.dir().resolve("Handler.java");
    Files.writeString(
        source,
        """
        import sun.misc.Signal;
        import sun.misc.SignalHandler;
        public class Handler {
          static int status() throws Exception {
            return new ProcessBuilder("sh", "-c", "exit 7").start().waitFor();
          }
          public static void main(String[] args) throws Exception {
            System.out.println(status());
            System.in.read();
            SignalHandler found = Signal.handle(new Signal("CHLD"), signal -> {});
            int handled = status();
            Signal.handle(new Signal("CHLD"), found);
            System.out.println(handled + " " + status() + " " + status() + " " + status());
          }
        }
        """);
    try (Worker worker = launch.start(jdk.java(), List.of(source.toString()))) {
      // It is ignored before the first start, too.
      until(worker, () -> worker.stdout().equals("7\n") && worker.launched().ignores(SIGCHLD));
      worker.say("go on");
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).isEqualTo("7\n7 7 7 7\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POSIX_SPAWN", "VFORK", "FORK"})
  void noChildInheritsThatSigchldIsIgnored(String mechanism) {
    Launch launch =
        Launch.on(jdk).agent(IGNORING).jvm("-Djdk.lang.Process.launchMechanism=" + mechanism);
    try (Worker worker = storm(launch, 400, "dispositions")) {
      assertThat(worker.stdout()).isEqualTo("0 wrong\n");
      expectIgnored(worker);
    }
  }
}
