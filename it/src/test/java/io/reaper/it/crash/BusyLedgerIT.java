package io.reaper.it.crash;

import static io.reaper.it.crash.DeadWorkers.OBEDIENT;
import static io.reaper.it.crash.DeadWorkers.ledgerOf;
import static io.reaper.it.crash.DeadWorkers.ledgers;
import static io.reaper.it.crash.DeadWorkers.sentinelOf;
import static io.reaper.it.crash.DeadWorkers.twoChildren;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A ledger that another process has locked, as every sweep does to see whose turn it is. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record BusyLedgerIT(Jdk jdk) {

  /** Standard input, and what it has from the sentinel; the next one is its own. */
  private static final int FROM_THE_SENTINEL = 2;

  @Test
  void sweeperOfTheSentinelsOwnWaitsUntilTheLedgerIsFree() throws IOException {
    Launch launch = Launch.on(jdk).jvm("-Dreaper.keep=no-such-program");
    try (Worker worker = twoChildren(jdk, launch, ledgers(launch.dir()))) {
      Proc sentinel = sentinelOf(worker);
      Path ledger = ledgerOf(worker);
      // Nothing else may open and close the file in this JVM, which would drop the lock (fcntl(2)).
      try (FileChannel other = FileChannel.open(ledger, StandardOpenOption.WRITE)) {
        assertThat(other.tryLock()).isNotNull();
        worker.self().kill();
        assertThat(worker.waitFor(20)).isEqualTo(137);
        until(() -> isAtTheLedger(ledger) || !sentinel.isAlive());
      }
      untilAsserted(() -> assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive));
      until(() -> DeadWorkers.ledgersOf(worker).isEmpty());
    }
  }

  private static boolean isAtTheLedger(Path ledger) {
    return Proc.all()
        .filter(proc -> proc.commandLine().endsWith("sweep-ledger " + ledger))
        .anyMatch(
            proc ->
                proc.open().stream().filter(ledger.toString()::equals).count() > FROM_THE_SENTINEL);
  }
}
