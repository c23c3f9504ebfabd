package io.reaper.it.crash;

import static io.reaper.it.crash.DeadWorkers.OBEDIENT;
import static io.reaper.it.crash.DeadWorkers.killWithItsSentinel;
import static io.reaper.it.crash.DeadWorkers.ledgerOf;
import static io.reaper.it.crash.DeadWorkers.ledgers;
import static io.reaper.it.crash.DeadWorkers.sweep;
import static io.reaper.it.crash.DeadWorkers.twoChildren;
import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A ledger that may not be the agent's: it is refused, and nothing is killed for it. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record RefusedLedgerIT(Jdk jdk) {

  private static final int NOBODY = 65534;

  /** What may have become of a ledger. */
  enum Spoiled {
    LINK("is a link") {
      @Override
      void spoil(Path ledger) throws IOException {
        Files.createSymbolicLink(ledger, Files.move(ledger, ledger.resolveSibling("moved")));
      }
    },
    FOREIGN("belongs to user " + NOBODY) {
      @Override
      void spoil(Path ledger) throws IOException {
        assumeThat(Files.getAttribute(ledger, "unix:uid")).as("only root can").isEqualTo(0);
        Files.setAttribute(ledger, "unix:uid", NOBODY);
      }
    },
    TRUNCATED("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        int inTheMiddleOfAProcess = Files.readString(ledger).indexOf("\nchild ") + 50;
        try (RandomAccessFile file = new RandomAccessFile(ledger.toFile(), "rw")) {
          file.setLength(inTheMiddleOfAProcess);
        }
      }
    },
    /** The cgroup of all processes: to write to its cgroup.kill would end the machine. */
    CGROUP_OF_OTHERS("is no cgroup that this worker has made") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "cgroup -", "cgroup /sys/fs/cgroup");
      }
    },
    NAMES_INIT("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "(?m)^child +\\d+", "child              -1");
      }
    },
    NUL_IN_A_PATH("it is torn") {
      @Override
      void spoil(Path ledger) throws IOException {
        rewrite(ledger, "cgroup -", "cgroup\0-");
      }
    };

    private final String reason;

    Spoiled(String reason) {
      this.reason = reason;
    }

    abstract void spoil(Path ledger) throws IOException;
  }

  /** Puts something else in the place of a line's beginning, and leaves every other where it is. */
  private static void rewrite(Path ledger, String line, String other) throws IOException {
    String text = Files.readString(ledger);
    String spoilt = text.replaceFirst(line, other);
    assertThat(spoilt).isNotEqualTo(text);
    int end = spoilt.indexOf("\nend ") + 5;
    int more = spoilt.length() - text.length();
    Files.writeString(ledger, spoilt.substring(0, end) + spoilt.substring(end + Math.max(0, more)));
  }

  @ParameterizedTest
  @EnumSource
  void spoiledLedgerIsRefusedInOneLineAndKillsNone(Spoiled how) throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      how.spoil(ledgerOf(worker));
      Answer answer = sweep(jdk, worker);
      assertThat(answer.refused().lines())
          .singleElement()
          .asString()
          .contains("not to be trusted, and no process is killed: ", how.reason);
      assertThat(answer.said()).startsWith("swept up after 0 dead workers");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  /** The sentinel, which is a shell, strikes a group at once: it must be the worker's own. */
  @ParameterizedTest
  @ValueSource(strings = {"group", "cgroup", "numbers"})
  void sentinelRefusesALedgerThatIsNotItsWorkers(String kind) throws IOException {
    Launch launch = Launch.on(jdk).environment("REAPER_PROCESS_GROUP", "true");
    Process stranger = new ProcessBuilder("setsid", "sleep", "1000").start();
    try (Worker worker = twoChildren(jdk, launch, ledgers(launch.dir()))) {
      until(worker, () -> Traces.isWatched(worker));
      if (kind.equals("group")) {
        String others = "group " + stranger.pid() + " " + stranger.pid();
        rewrite(ledgerOf(worker), "(?m)^group \\d+ \\d+", others);
      } else if (kind.equals("numbers")) {
        // Of a worker with the same number in another container that has the directory, too.
        rewrite(ledgerOf(worker), "pid:\\[\\d+\\]", "pid:[4026000001]");
      } else {
        rewrite(ledgerOf(worker), "cgroup -", "cgroup /sys/fs/cgroup");
      }
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("is not as the agent writes it, and no process is killed by it");
      assertThat(stranger.isAlive()).isTrue();
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void ledgerOfAnotherVersionIsLeftAloneAndTheNextOneIsSwept() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      Path other = ledgers(worker.dir()).resolve("2-1.ledger");
      Files.writeString(other, "reaper-agent ledger 7 sentinel\n");
      Path damaged = ledgers(worker.dir()).resolve("3-1.ledger");
      Files.writeString(damaged, "reaper-agent ledger 6 sentinel\n");
      Answer answer = sweep(jdk, worker);
      assertThat(answer.refused())
          .contains(other + " is of another version of the agent, and is left alone")
          .contains(damaged + " is not to be trusted, and no process is killed: it is torn");
      assertThat(answer.said()).startsWith("swept up after 1 dead worker in ");
      assertThat(worker.reported(OBEDIENT)).noneMatch(Proc::isAlive);
      assertThat(List.of(other, damaged)).allMatch(Files::exists);
    }
  }

  @Test
  void ledgerWithAnOptionOfALaterVersionIsLeftAlone() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      rewrite(ledgerOf(worker), "(?m)^options ", "options of-a-later-version=1,");
      Answer answer = sweep(jdk, worker);
      assertThat(answer.refused().lines())
          .singleElement()
          .asString()
          .startsWith("reaper-agent: [info] the ledger ")
          .contains("is of another version of the agent, and is left alone", "of-a-later-version");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    }
  }

  @Test
  void directoryThatOthersCanEnterIsRefusedInOneLineAndKillsNone() throws IOException {
    try (Worker worker = twoChildren(jdk)) {
      killWithItsSentinel(worker);
      Files.setPosixFilePermissions(
          ledgers(worker.dir()), PosixFilePermissions.fromString("rwxr-xr-x"));
      Answer answer = sweep(jdk, worker);
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.refused().lines())
          .singleElement()
          .asString()
          .contains("has mode 755, not 700");
      assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
    }
  }
}
