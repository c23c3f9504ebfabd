package io.reaper.core.ondemand.report;

import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.ondemand.metrics.FlatJson;
import io.reaper.core.posix.RegularFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;

/** Reads the lives of processes from a kill log, which workers may share. */
final class KillLogFile {
  private final Path file;

  KillLogFile(Path file) {
    this.file = file;
  }

  /**
   * Tells what the log holds; a line that is not the agent's is left out.
   *
   * @param worker the pid of the only worker to tell of, or 0
   */
  void tell(Workers workers, int worker) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(RegularFile.read(file.toFile()), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<String, String> kill = FlatJson.read(line);
        try {
          if (kill != null && (worker == 0 || number(kill, "worker_pid") == worker)) {
            tell(kill, workers);
          }
        } catch (NumberFormatException | DateTimeException another) {
          // It is not the agent's, or torn.
          continue;
        }
      }
    }
  }

  private static void tell(Map<String, String> kill, Workers workers) {
    WorkerInfo itself =
        new WorkerInfo(
            (int) number(kill, "worker_pid"),
            number(kill, "worker_start"),
            text(kill, "host"),
            text(kill, "worker_main"),
            text(kill, "worker_jdk"),
            text(kill, "agent_version"),
            text(kill, "worker_modes"));
    Told reason =
        new Told(text(kill, "reason"), text(kill, "started_by"), number(kill, "child_pid"));
    ProcessEnd process =
        new ProcessEnd(
            (int) number(kill, "pid"),
            (int) number(kill, "parent_pid"),
            text(kill, "name"),
            text(kill, "command"),
            number(kill, "memory_bytes"),
            number(kill, "age_ms"),
            reason,
            text(kill, "signal"),
            number(kill, "took_ms"));
    long at = Instant.parse(text(kill, "time")).toEpochMilli();
    String result = text(kill, "result");
    Timeline lives = workers.livesOf(itself);
    if (lives == null || !result.equals("killed") && !result.equals("left")) {
      return;
    }
    lives.of(itself, ending(text(kill, "worker_end"), at));
    if (result.equals("killed")) {
      lives.killed(process, at);
    } else {
      lives.left(process, text(kill, "why_left"), at);
    }
  }

  private static String ending(String how, long atMillis) {
    switch (how) {
      case "orderly":
        return Told.inOrder(atMillis);
      case "crash":
        return "crashed, and was swept up after at " + Told.time(atMillis);
      case "running":
        return "was running at " + Told.time(atMillis);
      default:
        return "ended with " + how + " at " + Told.time(atMillis);
    }
  }

  private static String text(Map<String, String> kill, String key) {
    return kill.getOrDefault(key, "");
  }

  private static long number(Map<String, String> kill, String key) {
    return Long.parseLong(kill.getOrDefault(key, "0"));
  }
}
