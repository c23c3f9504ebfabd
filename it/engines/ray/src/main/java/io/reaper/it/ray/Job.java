package io.reaper.it.ray;

import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A driver in a JVM of its own, and the worker with its actor. Closing it ends all of them. */
final class Job implements AutoCloseable {

  private static final int SECONDS = 60;

  private final Head head;
  private final Worker driver;
  private final Agent agent;

  private Job(Head head, Worker driver, Agent agent) {
    this.head = head;
    this.driver = driver;
    this.agent = agent;
  }

  /** Starts the driver, and does not wait for its worker. */
  static Job start(Head head, Agent agent) throws IOException {
    Launch launch = launch(head);
    agent.prepare(launch);
    return new Job(head, launch.start(Driver.class), agent);
  }

  private static Launch launch(Head head) throws IOException {
    Path classes = classes();
    return Launch.on(head.jdk())
        .classPath(classes)
        .classPath(head.installation().file("ray/jars/ray_dist.jar"))
        .jvm(
            "-Dray.address=" + head.address(),
            "-Dray.node-ip=127.0.0.1",
            "-Dray.job.code-search-path=" + classes + ":" + Launch.classes());
  }

  private static Path classes() {
    try {
      return Path.of(Job.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns when the actor's processes are there, and known. */
  Job spawn() {
    driver.say("spawn");
    Spawner.NAMES.forEach(this::process);
    if (agent == Agent.SUBREAPER && agent.isOn()) {
      until(() -> processes().values().stream().allMatch(this::isKnown));
    }
    return this;
  }

  private boolean isKnown(Proc proc) {
    return Ledgers.name(head.ledgers(), proc);
  }

  /** The process that has reported itself by that name, once it has. */
  Proc process(String name) {
    until(() -> !driver.reported(name).isEmpty());
    return driver.reported(name).get(0);
  }

  /** The Ray worker. */
  Proc worker() {
    return process(Worker.SELF);
  }

  /** The actor's processes by their names. */
  Map<String, Proc> processes() {
    Map<String, Proc> processes = new LinkedHashMap<>();
    Spawner.NAMES.forEach(name -> processes.put(name, process(name)));
    return processes;
  }

  /** The exit status that the actor read of a child that ended with 7. */
  int statusOfSeven() {
    driver.say("status");
    until(() -> driver.stdout().contains(Driver.STATUS));
    return driver
        .stdout()
        .lines()
        .filter(line -> line.startsWith(Driver.STATUS))
        .map(line -> Integer.valueOf(line.substring(Driver.STATUS.length())))
        .findFirst()
        .orElseThrow();
  }

  /** The sentinel that the agent says is there. */
  Optional<Proc> sentinel() {
    return Tool.sentinel(head.jdk(), head.ledgers(), worker());
  }

  /**
   * The agent's sentinels of this worker that are on their own: told of its ledger, and settled.
   */
  List<Proc> sentinels() {
    String ledger = head.ledgers().resolve(worker().pid() + "-").toString();
    return Proc.all()
        .filter(proc -> proc.commandLine().contains(ledger))
        .filter(proc -> proc.session() == proc.pid())
        .toList();
  }

  void say(String line) {
    driver.say(line);
  }

  private void until(BooleanSupplier condition) {
    Until.within(
        SECONDS,
        () -> condition.getAsBoolean() || !driver.isAlive(),
        () -> driver.reported() + driver.stdout() + driver.stderr());
    if (!condition.getAsBoolean()) {
      throw new AssertionError("the driver has ended: " + driver.stdout() + driver.stderr());
    }
  }

  @Override
  public void close() {
    driver.close();
  }
}
