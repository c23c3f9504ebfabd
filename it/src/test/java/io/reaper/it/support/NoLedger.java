package io.reaper.it.support;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Workers that have all that the agent needs but a place for the ledger, once they have started: a
 * sentinel knows of them what it was told at its own start.
 */
public final class NoLedger {
  private static final String[] WITHOUT_SHM = {
    "unshare", "--mount", "sh", "-c", "mount -t tmpfs -o ro none /dev/shm && exec \"$0\" \"$@\""
  };

  private NoLedger() {}

  /** Has the worker use one directory, and no other in its place. */
  public static Launch launch(Launch launch, String options) {
    assumeThat(Machine.allows(WITHOUT_SHM)).as("may mount").isTrue();
    return launch
        .under(WITHOUT_SHM)
        .environment("XDG_RUNTIME_DIR", "")
        .jvm("-Djava.io.tmpdir=" + launch.dir().resolve("none"))
        .agent(options + ",dir=" + Traces.ledgers(launch.dir()));
  }

  /** Takes the place away from a worker that has not started a process yet. */
  public static void takeAway(Worker worker) throws IOException {
    Path place = Traces.ledgers(worker.dir());
    if (!Files.exists(place)) {
      Files.createDirectory(place);
    }
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  /** Returns the sentinels of that worker, which have on no command line whose they are. */
  public static List<Proc> sentinels(Worker worker) {
    String header = "worker " + worker.self().pid() + " " + worker.self().start();
    return Proc.all().filter(proc -> proc.environment().contains(header)).toList();
  }
}
