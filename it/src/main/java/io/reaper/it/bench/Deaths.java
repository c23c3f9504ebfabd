package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * How long it takes from the death of a worker to that of the last of its processes, beside the
 * kernel's limit: {@code cgroup.kill} of as many.
 */
final class Deaths {

  private static final String SLEEPERS =
      "i=0; while [ $i -lt $0 ]; do sleep 600 & i=$((i + 1)); done; wait";
  private static final int PATIENCE_SECONDS = 120;
  private static final int LINK = 100;

  /** The agent names the killed on stderr, which is not for the table. */
  private static final String QUIET = ",log=error";

  private static final String CHILDREN = "children=true";
  private static final String SUBREAPER = "subreaper=true";
  private static final String GROUP = "process-group=true,grace=0";
  private static final String CGROUP = "cgroup=true,grace=0";

  /** What is started, how it ends, and the bound: so many times the kernel, and so many ms more. */
  private record Case(
      String shape, int count, String options, boolean crash, double factor, double plus) {

    String title() {
      String who = count == 1 ? "1 child" : "%,d %s".formatted(count, noun());
      return (crash ? "SIGKILL, " : "orderly, ") + who + ", " + options;
    }

    private String noun() {
      return shape.equals("chain") ? "in a broken chain" : "children";
    }
  }

  private final Jdk jdk;
  private final int rounds;
  private final List<Case> cases = new ArrayList<>();

  Deaths(Jdk jdk, int rounds, boolean quick) {
    this.jdk = jdk;
    this.rounds = rounds;
    // Beside the same JVM without an agent, whose children are sent SIGTERM from outside.
    cases.add(new Case("wide", 1_000, CHILDREN, false, 1.2, 0));
    cases.add(new Case("wide", 1_000, SUBREAPER, false, 1.2, 0));
    for (String mode : List.of(CHILDREN, SUBREAPER, GROUP, CGROUP)) {
      boolean named = mode.equals(CHILDREN) || mode.equals(SUBREAPER);
      cases.add(new Case("wide", 1, mode, true, 0, mode.equals(SUBREAPER) ? 80 : 15));
      cases.add(new Case("wide", 50, mode, true, 0, named ? mode.equals(SUBREAPER) ? 80 : 40 : 15));
      cases.add(new Case("wide", 1_000, mode, true, 3, 50));
      if (!mode.equals(CHILDREN)) {
        cases.add(new Case("chain", 1_000, mode, true, 3, 50));
      }
      if (!quick) {
        cases.add(new Case("wide", 10_000, mode, true, 3, 0));
      }
    }
    cases.sort(Comparator.comparingInt(Case::count));
  }

  void run(Report report) throws IOException, InterruptedException {
    Map<Integer, Samples> kernel = new LinkedHashMap<>();
    Map<Integer, Samples> terminated = new LinkedHashMap<>();
    Map<Case, Samples> measured = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (int count : cases.stream().map(Case::count).distinct().toList()) {
        kernel.computeIfAbsent(count, c -> new Samples()).add(cgroupKill(count));
        if (cases.stream().anyMatch(c -> c.count == count && !c.crash)) {
          terminated.computeIfAbsent(count, c -> new Samples()).add(terminated(count));
        }
        for (Case each : cases.stream().filter(c -> c.count == count).toList()) {
          measured.computeIfAbsent(each, c -> new Samples()).add(death(each));
        }
      }
    }
    report.head("Deaths: from the end of the worker to the end of the last process");
    kernel.forEach(
        (count, samples) ->
            report.plain(
                "cgroup.kill of %,d".formatted(count), Report.figure(samples.median(), "ms")));
    terminated.forEach(
        (count, samples) ->
            report.plain(
                "no agent, SIGTERM from outside for %,d children".formatted(count),
                Report.figure(samples.median(), "ms")));
    measured.forEach(
        (each, samples) -> {
          Samples beside = (each.crash ? kernel : terminated).get(each.count);
          double bound = each.factor * beside.median() + each.plus;
          report.atMost(each.title(), samples.median(), bound, "ms");
        });
  }

  private double cgroupKill(int count) throws IOException, InterruptedException {
    try (Cgroup cgroup = Cgroup.create()) {
      List<String> sleepers = List.of("sh", "-c", SLEEPERS, Integer.toString(count));
      Subject.builder(cgroup.within(sleepers)).start();
      List<Proc> victims = awaitSleepers(cgroup, count);
      long start = System.nanoTime();
      cgroup.kill();
      return millisUntilGone(victims, start);
    }
  }

  /** The children of a JVM without an agent are told to end, as an orderly end would tell them. */
  private double terminated(int count) throws IOException, InterruptedException {
    try (Cgroup cgroup = Cgroup.create();
        Subject worker = Subject.start(jdk, null, cgroup)) {
      worker.ask("wide " + count);
      List<Proc> victims = awaitSleepers(cgroup, count);
      long start = System.nanoTime();
      Proc.signal("TERM", victims);
      return millisUntilGone(victims, start);
    }
  }

  private double death(Case each) throws IOException, InterruptedException {
    try (Cgroup cgroup = Cgroup.create();
        Subject worker = Subject.start(jdk, each.options + QUIET, cgroup)) {
      boolean chain = each.shape.equals("chain");
      int links = chain ? each.count / LINK : 0;
      worker.ask(each.shape + " " + (each.count + links));
      List<Proc> victims = awaitSleepers(cgroup, each.count + links);
      if (chain) {
        victims = breakUp(victims);
      }
      long start = System.nanoTime();
      if (each.crash) {
        worker.sigkill();
      } else {
        worker.end();
      }
      return millisUntilGone(victims, start);
    }
  }

  /** Kills some in the middle; what hangs below each is an orphan then. */
  private static List<Proc> breakUp(List<Proc> chain) throws InterruptedException {
    List<Proc> dead = new ArrayList<>();
    for (int i = LINK / 2; i < chain.size(); i += LINK + 1) {
      dead.add(chain.get(i));
    }
    Proc.signal("KILL", dead);
    // Adoption is not signalled to the one that adopts: the ledger may take a quarter of a second.
    Thread.sleep(500);
    List<Proc> left = new ArrayList<>(chain);
    left.removeAll(dead);
    return left;
  }

  /** The sleepers in the cgroup in the order of their start, as soon as all are there. */
  private static List<Proc> awaitSleepers(Cgroup cgroup, int count)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < deadline) {
      List<Proc> members = cgroup.members();
      if (members.size() >= count) {
        List<Proc> sleepers =
            members.stream().filter(proc -> proc.commandLine().equals("sleep 600")).toList();
        if (sleepers.size() == count) {
          return sleepers.stream()
              .sorted(Comparator.comparingLong(Proc::start).thenComparingLong(Proc::pid))
              .toList();
        }
      }
      Thread.sleep(100);
    }
    throw new IOException("fewer than " + count + " processes were started");
  }

  /** Looks at one after the other: what is gone once does not come back. */
  private static double millisUntilGone(List<Proc> victims, long start) throws IOException {
    long deadline = start + PATIENCE_SECONDS * 1_000_000_000L;
    for (Proc victim : victims) {
      while (victim.isAlive()) {
        if (System.nanoTime() > deadline) {
          throw new IOException("still alive: " + victim);
        }
        LockSupport.parkNanos(100_000);
      }
    }
    double millis = (System.nanoTime() - start) / 1e6;
    // Zombies that init still has to collect would disturb the next round.
    while (victims.stream().anyMatch(victim -> victim.state() != 'X')
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(100_000_000);
    }
    return millis;
  }
}
