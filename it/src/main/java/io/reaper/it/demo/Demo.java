package io.reaper.it.demo;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows side by side what survives the same worker without the agent and with each mode. */
public final class Demo {

  /** What the worker calls its processes, and what the table does. */
  private static final Map<String, String> COLUMNS = new LinkedHashMap<>();

  static {
    COLUMNS.put("child", "child");
    COLUMNS.put("deaf", "deaf child");
    COLUMNS.put("setsid", "setsid child");
    COLUMNS.put("grandchild", "grandchild");
    COLUMNS.put("daemon", "daemon");
  }

  private static final String ROW = "  %-20s" + " %-13s".repeat(COLUMNS.size()) + " %s%n";
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  private final PrintStream out;
  private final Path java;
  private final Path agent = Launch.agentJar();
  private final Path app = agent.resolve("../../../demo-app/target/demo-app.jar").normalize();

  private Demo(PrintStream out, Jdk jdk) {
    this.out = out;
    this.java = jdk.java();
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    // The signs of the table are not in every default charset.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Jdk jdk = Jdk.at(Path.of(System.getProperty("java.home"))).orElseThrow();
    new Demo(out, jdk).show(jdk);
  }

  private void show(Jdk jdk) throws IOException, InterruptedException {
    for (Path jar : List.of(agent, app)) {
      if (!Files.isReadable(jar)) {
        throw new IllegalStateException(jar + " is not there: build it first");
      }
    }
    out.printf(
        "%nWhat is left of one and the same worker's processes when it has ended, %s%n", jdk);
    out.println();
    String example = table("In order: System.exit(3)", "exit");
    table("In a crash: SIGKILL, so that no shutdown hook runs", "sigkill");
    ray();
    legend();
    if (!example.isEmpty()) {
      out.printf("%nAnd what the agent says on stderr, here with subreaper=true:%n");
      example.lines().forEach(line -> out.println("  " + line));
    }
    out.println();
  }

  /** Prints a row for each guard; gives what the subreaper's worker wrote to stderr. */
  private String table(String title, String ending) throws IOException, InterruptedException {
    String example = "";
    out.println(title);
    out.printf(ROW, row("", List.copyOf(COLUMNS.values()), "exit status"));
    for (Guard guard : Guard.values()) {
      List<String> worker = List.of("-jar", app.toString(), ending);
      try (Run run = Run.of(guard.command(java, agent, worker))) {
        run.awaitGone(PATIENCE);
        List<String> fates = COLUMNS.keySet().stream().map(name -> fate(run, name)).toList();
        out.printf(ROW, row(guard.title, fates, String.valueOf(run.status())));
        example = guard == Guard.SUBREAPER ? run.stderr() : example;
      }
    }
    out.println();
    return example;
  }

  private static Object[] row(String title, List<String> cells, String last) {
    Object[] row = new Object[cells.size() + 2];
    row[0] = title;
    System.arraycopy(cells.toArray(), 0, row, 1, cells.size());
    row[row.length - 1] = last;
    return row;
  }

  private static String fate(Run run, String name) {
    return run.survives(name) ? "✗ alive" : "✓ gone";
  }

  /** The example of Ray's documentation, whose raylet needs up to ten seconds for it. */
  private void ray() throws IOException, InterruptedException {
    out.println("Ray's own example: an actor starts `sleep 10000` and SIGKILLs itself");
    List<String> actor = List.of("-cp", app.toString(), "io.reaper.demo.Actor");
    for (Guard guard : List.of(Guard.NOTHING, Guard.SUBREAPER)) {
      try (Run run = Run.of(guard.command(java, agent, actor))) {
        Duration took = run.awaitGone(PATIENCE);
        out.printf("  %-20s %s after %d ms%n", guard.title, fate(run, "sleep"), took.toMillis());
      }
    }
    out.println();
  }

  private void legend() {
    out.print(
        """
          ✗ alive      leaked: it lives on after the worker (the demo has ended it since)
          ✓ gone       ended with the worker
          deaf child   ignores SIGTERM; SIGKILL follows after the grace period, here 500 ms
          setsid child in a session of its own, so no member of the worker's process group
          daemon       in a session of its own, and its parent has ended"""
            .indent(2));
  }
}
