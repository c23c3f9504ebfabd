package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the agent costs a worker that does nothing. */
final class Idle {

  private static final int SECONDS = 10;

  private final Jdk jdk;

  Idle(Jdk jdk) {
    this.jdk = jdk;
  }

  void run(Report report) throws IOException, InterruptedException {
    report.head("Idle: over " + SECONDS + " s, every mode on");
    sentinel(report);
    threads(report);
  }

  /** The sentinel is what is in the worker's cgroup and is neither the worker nor its child. */
  private void sentinel(Report report) throws IOException, InterruptedException {
    try (Cgroup cgroup = Cgroup.create();
        Subject worker = Subject.start(jdk, Subject.EVERY_MODE, cgroup)) {
      worker.ask("wide 1");
      Thread.sleep(1_000);
      List<Proc> sentinel =
          cgroup.members().stream()
              .filter(proc -> proc.pid() != worker.pid())
              .filter(proc -> !proc.commandLine().equals("sleep 600"))
              .toList();
      long switches = switches(sentinel);
      Thread.sleep(SECONDS * 1_000L);
      report.plain("sentinel, processes", Integer.toString(sentinel.size()));
      report.atMost("sentinel, private memory", megabytes(sentinel, "Private_"), 0.2, "MB");
      // The rest is the program's file in the page cache, which no other has mapped at the
      // moment.
      double own = megabytes(sentinel, "Private_Dirty");
      report.plain("sentinel, its own pages", Report.figure(own, "MB"));
      report.atMost("sentinel, voluntary switches", switches(sentinel) - switches, 0, "");
    }
  }

  private void threads(Report report) throws IOException, InterruptedException {
    try (Subject plain = Subject.start(jdk, null, null);
        Subject worker = Subject.start(jdk, Subject.EVERY_MODE, null)) {
      // What is put off until after main has started shall be over.
      Thread.sleep(2_000);
      List<String> threads =
          new ArrayList<>(List.of(String.join(" ", worker.ask("threads")).split(",")));
      List.of(String.join(" ", plain.ask("threads")).split(",")).forEach(threads::remove);
      long switches = switches(worker.pid(), threads);
      Thread.sleep(SECONDS * 1_000L);
      report.plain(
          "agent's threads without a child", threads.isEmpty() ? "none" : threads.toString());
      report.atMost(
          "agent's threads, voluntary switches", switches(worker.pid(), threads) - switches, 0, "");
    }
  }

  /** The sum of the lines of that kind (proc(5), /proc/PID/smaps_rollup). */
  private static double megabytes(List<Proc> procs, String kind) throws IOException {
    double kilobytes = 0;
    for (Proc proc : procs) {
      kilobytes +=
          Files.readAllLines(Path.of("/proc/" + proc.pid() + "/smaps_rollup")).stream()
              .filter(line -> line.startsWith(kind))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
    }
    return kilobytes / 1024;
  }

  private static long switches(List<Proc> procs) {
    return procs.stream()
        .mapToLong(proc -> Long.parseLong(proc.status("voluntary_ctxt_switches")))
        .sum();
  }

  /** Of the threads with these names, as far as the kernel keeps names: 15 bytes. */
  private static long switches(long pid, List<String> names) throws IOException {
    List<String> comms = names.stream().map(n -> n.substring(0, Math.min(15, n.length()))).toList();
    long sum = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        if (comms.contains(Files.readString(task.resolve("comm")).strip())) {
          sum +=
              Files.readAllLines(task.resolve("status")).stream()
                  .filter(line -> line.startsWith("voluntary_ctxt_switches"))
                  .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                  .sum();
        }
      }
    }
    return sum;
  }
}
