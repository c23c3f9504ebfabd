package io.reaper.it.crash;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.support.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Workers that have died together with their sentinels, and what sweeps up after them. */
final class DeadWorkers {

  static final String OBEDIENT = "OBEDIENT";

  /**
   * Sets a variable of a shell to the script of an orphan that notes when it is told to end. What
   * its shell would say of the killed sleep, nobody reads any more.
   */
  static final String ORPHAN =
      """
      ORPHAN='
        exec 2>/dev/null
        trap "echo told >>\\"$0/told\\"; exit" TERM
        echo "ORPHAN $$" >>"$0/report"
        while :; do sleep 0.05; done'
      """;

  private DeadWorkers() {}

  static Worker twoChildren(Jdk jdk, Launch launch, Path ledgers) {
    Worker worker =
        launch.agent("grace=20s,dir=" + ledgers).start(Children.class, "obedient", "obedient");
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    until(worker, () -> worker.reported(OBEDIENT).size() == 2);
    return worker;
  }

  static Worker twoChildren(Jdk jdk) {
    Launch launch = Launch.on(jdk);
    return twoChildren(jdk, launch, ledgers(launch.dir()));
  }

  static Path ledgers(Path directory) {
    return directory.resolve("ledgers");
  }

  static List<Path> ledgersOf(Worker worker) throws IOException {
    try (Stream<Path> files = Files.list(ledgers(worker.dir()))) {
      return files.filter(file -> file.toString().endsWith(".ledger")).toList();
    }
  }

  static Path ledgerOf(Worker worker) throws IOException {
    assertThat(ledgersOf(worker)).hasSize(1);
    return ledgersOf(worker).get(0);
  }

  /** The orphan that has the ledger on its command line. */
  static Proc sentinelOf(Worker worker) {
    String ledgers = ledgers(worker.dir()).toString();
    List<Proc> sentinels =
        Proc.withCommand(ledgers)
            .filter(proc -> !proc.equals(worker.self()) && proc.ppid() != worker.self().pid())
            .filter(Proc::isAlive)
            .toList();
    assertThat(sentinels).hasSize(1);
    return sentinels.get(0);
  }

  /** In the same instant: a sentinel that is stopped has no chance to act. */
  static void killWithItsSentinel(Worker worker) {
    killBoth(worker.self(), sentinelOf(worker));
    assertThat(worker.waitFor(10)).isEqualTo(137);
    assertThat(worker.reported(OBEDIENT)).hasSize(2).allMatch(Proc::isAlive);
  }

  static void killBoth(Proc worker, Proc sentinel) {
    sentinel.signal("STOP");
    until(() -> sentinel.state() == 'T');
    Proc.signal("KILL", List.of(worker, sentinel));
    until(() -> !sentinel.isAlive() && !worker.isAlive());
  }

  static Answer sweep(Jdk jdk, Worker worker) {
    String dir = ledgers(worker.dir()).toString();
    return Answer.of(Launch.on(jdk).tool("sweep", "--dir", dir));
  }
}
