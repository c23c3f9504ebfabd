package io.reaper.it.crash;

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
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Workers whose sentinel a test looks at, and that sentinel. */
final class Sentinels {

  static final String CHILD = "CHILD";

  private Sentinels() {}

  /** What the worker finds on its PATH, and so what its sentinel is made of. */
  enum Programs {
    SH_AND_SETSID,
    SH_WITHOUT_SETSID,
    NONE;

    void prepare(Launch launch) throws IOException {
      if (this == SH_AND_SETSID) {
        return;
      }
      Path bin = Files.createDirectory(launch.dir().resolve("bin"));
      Files.createSymbolicLink(bin.resolve("sh"), Path.of("/bin/sh"));
      launch.environment("PATH", this == NONE ? "" : bin.toString());
    }

    boolean makeIt(Proc sentinel) {
      boolean isJvm = sentinel.commandLine().matches("(?s).*sentinel-(start|watch).*");
      return isJvm == (this != SH_AND_SETSID);
    }
  }

  static Launch launch(Jdk jdk, String arguments) {
    Launch launch = Launch.on(jdk).jvm("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    return launch.agent(arguments + ",dir=" + Traces.ledgers(launch.dir()));
  }

  static Worker start(Launch launch) {
    Worker worker = launch.start(ObeyingWorker.class);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    return worker;
  }

  /** Has the worker do something that ends in a process of that name. */
  static Proc order(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    until(worker, () -> !worker.reported(name).isEmpty());
    return worker.reported(name).get(0);
  }

  /** Starts a child, and answers the sentinel that guards the worker from then on. */
  static Proc spawn(Worker worker) {
    order(worker, "spawn", CHILD);
    return sentinel(worker);
  }

  static Proc sentinel(Worker worker) {
    until(worker, () -> !settled(worker).isEmpty());
    return settled(worker).get(0);
  }

  /** Sentinels that are on their own: neither on the way there nor being forked by a starter. */
  static List<Proc> settled(Worker worker) {
    return Ledgers.sentinels(Traces.ledgers(worker.dir()));
  }

  static void expectCrashToBeSwept(Worker worker) {
    End.SIGKILL.bringTo(worker);
    assertThat(worker.waitFor(20)).isEqualTo(End.SIGKILL.status());
    untilAsserted(() -> assertThat(worker.reported(CHILD)).noneMatch(Proc::isAlive));
    untilAsserted(() -> assertThat(Traces.of(worker)).isEmpty());
  }

  static void print(Jdk jdk, String what, long start, Programs programs) {
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    System.out.println(jdk + ", " + programs + ": the sentinel " + what + " ms " + millis);
  }
}
