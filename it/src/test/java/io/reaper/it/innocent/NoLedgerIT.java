package io.reaper.it.innocent;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.NoLedger;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No ledger tells the sentinel of this worker which processes it must spare. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record NoLedgerIT(Jdk jdk) {

  private static final String BESIDE_A_BYSTANDER = "(sh \"$0\" BYSTANDER & exit 0); exec \"$@\"";

  private static final String[] WITH_A_SMALL_DISK = {
    "unshare",
    "--mount",
    "sh",
    "-c",
    "mount -t tmpfs -o mode=0700,size=64k tmpfs /mnt && exec \"$0\" \"$@\""
  };

  private static final int MORE_THAN_THE_DISK_HAS_ROOM_FOR = 380;

  private Worker worker(String options) throws IOException {
    Launch launch = NativeCode.in(NoLedger.launch(Launch.on(jdk), options));
    String leaf = Worker.leaf(launch.dir()).toString();
    launch.under("setsid", "sh", "-c", BESIDE_A_BYSTANDER, leaf);
    Worker worker = launch.start(ObeyingWorker.class);
    until(worker, () -> worker.reported("BYSTANDER").size() == 1);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    return worker;
  }

  private static void crash(Worker worker) {
    Orders.kill(worker);
    assertThat(worker.waitFor(30)).isEqualTo(137);
    until(() -> NoLedger.sentinels(worker).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "process-group=true,grace=0",
        "process-group=true,grace=300ms",
        "process-group=true,subreaper=true,grace=0"
      })
  void bystanderInTheGroupOutlivesACrash(String options) throws IOException {
    try (Worker worker = worker(options)) {
      NoLedger.takeAway(worker);
      Proc bystander = worker.reported("BYSTANDER").get(0);
      Proc child = Orders.spawn(worker, "spawn", "CHILD");
      assertThat(bystander.pgrp()).isEqualTo(child.pgrp()).isEqualTo(worker.self().pid());
      crash(worker);
      assertThat(worker.stderr()).contains("cannot keep a ledger");
      assertThat(child.isAlive()).as(worker.stderr()).isFalse();
      assertThat(bystander.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** A cleaner has removed the file, which another sentinel cannot open. */
  @Test
  void bystanderOutlivesACrashInWhichTheSecondSentinelFindsNoLedger() throws IOException {
    try (Worker worker = worker("process-group=true,grace=0")) {
      Proc bystander = worker.reported("BYSTANDER").get(0);
      Orders.spawn(worker, "spawn", "CHILD");
      Proc sentinel = replaceSentinelWithoutLedger(worker);
      assertThat(sentinel.isAlive()).isTrue();
      crash(worker);
      assertThat(bystander.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  @Test
  void processThatIsMarkedOutlivesACrashInWhichTheSecondSentinelFindsNoLedger() throws IOException {
    try (Worker worker = worker("process-group=true,grace=0")) {
      Orders.spawn(worker, "spawn", "CHILD");
      Proc before = Orders.spawn(worker, "keep-unset", "BEFORE");
      replaceSentinelWithoutLedger(worker);
      Proc after = Orders.spawn(worker, "keep-unset", "AFTER");
      crash(worker);
      assertThat(before.isAlive()).as(worker.stderr()).isTrue();
      assertThat(after.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  @Test
  void ledgerThatIsBegunAnewNamesTheOrphansThatWereAdoptedBefore() throws IOException {
    try (Worker worker = worker("subreaper=true")) {
      Proc orphan = Orders.spawn(worker, "grandchild", "ORPHAN");
      Proc.of(orphan.ppid()).orElseThrow().kill();
      until(worker, () -> isNamed(worker, orphan));
      replaceSentinelWithoutLedger(worker);
      until(worker, () -> isNamed(worker, orphan));
    }
  }

  private static boolean isNamed(Worker worker, Proc orphan) throws IOException {
    for (Path ledger : Traces.ledgerFiles(worker)) {
      if (Files.readString(ledger).matches("(?s).*\nadopted +" + orphan.pid() + " .*")) {
        return true;
      }
    }
    return false;
  }

  private static Proc replaceSentinelWithoutLedger(Worker worker) throws IOException {
    until(worker, () -> Traces.isWatched(worker));
    List<Proc> first = NoLedger.sentinels(worker);
    for (Path ledger : Traces.ledgerFiles(worker)) {
      Files.delete(ledger);
    }
    Proc.signal("KILL", first);
    until(worker, () -> NoLedger.sentinels(worker).stream().anyMatch(isOnWatch(first)));
    return NoLedger.sentinels(worker).get(0);
  }

  /** It is in a read of its lifeline, with nothing to be read before it can act. */
  private static Predicate<Proc> isOnWatch(List<Proc> first) {
    return sentinel ->
        !first.contains(sentinel) && sentinel.status("Name").equals("reaper-sentinel");
  }

  /** It does not show the mark, as a program that writes over its environment (setproctitle(3)). */
  @Test
  void processThatIsMarkedAfterTheFirstStartOutlivesACrash() throws IOException {
    try (Worker worker = worker("process-group=true,grace=0")) {
      NoLedger.takeAway(worker);
      Orders.spawn(worker, "spawn", "CHILD");
      assertThat(NoLedger.sentinels(worker)).isNotEmpty();
      Proc kept = Orders.spawn(worker, "keep-unset", "KEPT");
      crash(worker);
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
      assertThat(worker.stderr()).contains("the sentinel is dismissed");
    }
  }

  /** The sentinel of before knows of none that is kept, and cannot be told. */
  @Test
  void processThatIsKeptAfterTheRestartOutlivesACrash() throws IOException {
    try (Worker worker = worker("process-group=true,grace=0")) {
      NoLedger.takeAway(worker);
      Orders.spawn(worker, "spawn", "CHILD");
      List<Proc> first = NoLedger.sentinels(worker);
      assertThat(first).isNotEmpty();
      worker.say("restart");
      until(worker, () -> worker.reported(Worker.SELF).size() == 2);
      until(worker, () -> first.stream().noneMatch(Proc::isAlive));
      Proc kept = Orders.spawn(worker, "keep-unset", "KEPT");
      crash(worker);
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  /** The ledger is there, and has no room for it. */
  @Test
  void processThatIsKeptOnAFullDiskOutlivesACrashAndTheNextSweep() throws IOException {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = Launch.on(jdk).agent("process-group=true,grace=0,dir=/mnt");
    try (Worker worker = launch.under(WITH_A_SMALL_DISK).start(ObeyingWorker.class)) {
      for (int child = 0; child < MORE_THAN_THE_DISK_HAS_ROOM_FOR; child++) {
        worker.say("sleep");
      }
      Proc kept = Orders.spawn(worker, "keep-unset", "KEPT");
      until(worker, () -> worker.stderr().contains("the sentinel is dismissed"));
      Orders.kill(worker);
      assertThat(worker.waitFor(30)).isEqualTo(137);
      String there = "--mount=/proc/" + kept.pid() + "/ns/mnt";
      Answer.of(Launch.on(jdk).under("nsenter", there).tool("sweep", "--dir", "/mnt"))
          .mustSucceed();
      assertThat(kept.isAlive()).as(worker.stderr()).isTrue();
    }
  }
}
