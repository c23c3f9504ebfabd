package io.reaper.core.ondemand.metrics;

import io.reaper.core.jvm.Origin;
import io.reaper.core.posix.RegularFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Counts the lines of a kill log, as the node exporter's textfile collector reads them. */
public final class KillMetrics {
  private final Map<String, Long> killed = new TreeMap<>();
  private final Map<String, Long> left = new TreeMap<>();
  private final Map<String, Long> kept = new TreeMap<>();
  private final Map<String, Long> memory = new TreeMap<>();
  private long unreadable;

  /** Counts what the file holds; throws, with the reason in words, if it cannot be read. */
  public void read(File killLog) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(RegularFile.read(killLog), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        count(line);
      }
    }
  }

  void count(String line) {
    Map<String, String> kill = FlatJson.read(line);
    String result = kill == null ? "" : kill.getOrDefault("result", "");
    String bytes = kill == null ? "" : kill.getOrDefault("memory_bytes", "0");
    if (result.equals("killed") && bytes.matches("[0-9]{1,18}")) {
      killed.merge(labels(kill), 1L, Long::sum);
      memory.merge(label("worker_main", kill), Long.parseLong(bytes), Long::sum);
    } else if (result.equals("left")) {
      // What was to be kept is no failure, which an alert on the others would take it for.
      boolean isKept = kill.getOrDefault("why_left", "").startsWith("kept");
      (isKept ? kept : left).merge(labels(kill), 1L, Long::sum);
    } else {
      unreadable++;
    }
  }

  /** Returns the labels, without the pids and the commands, of which there is no end. */
  private static String labels(Map<String, String> kill) {
    kill.computeIfPresent("started_by", (key, by) -> Origin.lineOf(by));
    return label("worker_main", kill)
        + ","
        + label("worker_end", kill)
        + ","
        + label("by", kill)
        + ","
        + label("started_by", kill);
  }

  private static String label(String name, Map<String, String> kill) {
    String value = kill.getOrDefault(name, "");
    return name
        + "=\""
        + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
        + "\"";
  }

  /** Returns the text (Prometheus, exposition formats). */
  public String text() {
    StringBuilder text = new StringBuilder();
    family(text, "reaper_killed_processes_total", "Processes that were killed.", killed);
    family(
        text,
        "reaper_left_processes_total",
        "Processes that were left though they were to be killed.",
        left);
    family(text, "reaper_kept_processes_total", "Processes that were kept as asked for.", kept);
    family(text, "reaper_killed_memory_bytes_total", "Memory of the processes killed.", memory);
    family(
        text,
        "reaper_kill_log_unreadable_lines_total",
        "Lines of the kill log that are not the agent's.",
        Map.of("", unreadable));
    return text.toString();
  }

  private static void family(
      StringBuilder text, String name, String help, Map<String, Long> values) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(" counter\n");
    for (Map.Entry<String, Long> each : values.entrySet()) {
      text.append(name);
      text.append(each.getKey().isEmpty() ? "" : "{" + each.getKey() + "}");
      text.append(' ').append(each.getValue()).append('\n');
    }
  }
}
