package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Hiding;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Mode;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Rounds in which mode, end, JDK and the way to be started are drawn by lot, beside innocents of
 * this user and another, and another namespace's worker with its ledger in the same directory.
 * {@code -Dreaper.it.rounds=200} makes it more of them, and {@code -Dreaper.it.seed} the same.
 */
class InnocentRoundsIT {

  private static final String[] PID_NAMESPACE = {"unshare", "--pid", "--fork", "--mount-proc"};
  private static final int ROUNDS = Integer.getInteger("reaper.it.rounds", Jdk.FULL ? 5 : 2);
  private static final String CHILD = "CHILD_IN_ANOTHER_NAMESPACE";

  /** How a worker is started, and the innocents that come with it. */
  private record Entry(List<String> command, List<String> names) {
    static Entry draw(Random random) {
      String stranger = String.join(" ", Machine.NOBODY) + " bash \"$0/innocent\" STRANGER & ";
      boolean strangers = Machine.allows(Machine.NOBODY) && random.nextBoolean();
      List<String> names = new ArrayList<>(strangers ? List.of("STRANGER") : List.of());
      List<String> command = new ArrayList<>(random.nextBoolean() ? List.of("setsid") : List.of());
      String script =
          switch (random.nextInt(3)) {
            case 0 -> {
              names.addAll(List.of("COLLECTOR", "COPROC", "HELPER"));
              yield InnocentsIT.ENTRY_SCRIPT;
            }
            case 1 -> {
              names.add("COLLECTOR");
              yield InnocentsIT.PIPELINE;
            }
            default -> "exec \"$@\"";
          };
      command.addAll(List.of("bash", "-c", (strangers ? stranger : "") + script));
      return new Entry(command, names);
    }
  }

  @NeedsAgent
  @Test
  void noProcessButTheWorkersOwnIsEverSignalled() throws IOException {
    long seed = Long.getLong("reaper.it.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 1; round <= ROUNDS; round++) {
      Jdk jdk = draw(Jdk.tested(), random);
      Mode mode = draw(List.of(Mode.values()), random);
      End end = draw(List.of(End.values()), random);
      Entry entry = Entry.draw(random);
      String drawn =
          "round %d of -Dreaper.it.seed=%d: %s, %s, %s, %s"
              .formatted(round, seed, jdk, mode, end, entry);
      if (mode.isCgroup() && !Cgroup2.isMounted()) {
        continue;
      }
      try {
        round(jdk, mode, end, entry);
      } catch (AssertionError | RuntimeException failed) {
        throw new AssertionError(drawn, failed);
      }
    }
  }

  private static <T> T draw(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static void round(Jdk jdk, Mode mode, End end, Entry entry) throws IOException {
    Launch launch = Launch.on(jdk);
    Path ledgers = Traces.ledgers(launch.dir());
    end.prepare(launch);
    InnocentsIT test = new InnocentsIT(jdk);
    if (!Machine.allows(PID_NAMESPACE)) {
      test.expectInnocentsLive(
          launch, mode, end, entry.command(), entry.names(), () -> sweep(jdk, ledgers));
      return;
    }
    Launch elsewhere = Launch.on(jdk);
    try (Worker other = inAnotherNamespace(elsewhere, jdk, ledgers)) {
      until(other, () -> other.stdout().equals(Shell.READY));
      until(other, () -> Hiding.named(other.dir(), CHILD).size() == 1);
      Proc child = Hiding.named(other.dir(), CHILD).get(0);
      Runnable afterwards =
          () -> {
            sweep(jdk, ledgers);
            assertThat(child.isAlive()).as("child of the other worker").isTrue();
            assertThat(other.isAlive()).as("the other worker").isTrue();
          };
      test.expectInnocentsLive(launch, mode, end, entry.command(), entry.names(), afterwards);
    }
  }

  /** Not its first process, which has no ledger. */
  private static Worker inAnotherNamespace(Launch launch, Jdk jdk, Path ledgers)
      throws IOException {
    launch.under(PID_NAMESPACE).under("sh", "-c", "\"$@\"; exit $?", "sh");
    launch.agent("subreaper=true,process-group=true,dir=" + ledgers);
    Path report = Files.createFile(launch.dir().resolve("report-from-inside"));
    Path sleeper = Hiding.sleeper(launch.dir(), CHILD);
    List<String> command =
        List.of(
            // Its file is named by a pid, which a JVM in another namespace may have, too.
            "-XX:-UsePerfData",
            "-cp",
            Launch.classes().toString(),
            Shell.class.getName(),
            report.toString(),
            "exec " + sleeper + " 1000");
    return launch.start(jdk.java(), command);
  }

  private static void sweep(Jdk jdk, Path ledgers) {
    try {
      Answer.of(Launch.on(jdk).tool("sweep", "--dir", ledgers.toString())).mustSucceed();
    } catch (UncheckedIOException e) {
      throw new AssertionError(e);
    }
  }
}
