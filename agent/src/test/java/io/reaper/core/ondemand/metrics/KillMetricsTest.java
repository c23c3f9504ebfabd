package io.reaper.core.ondemand.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KillMetricsTest {
  private static final String LINE = "a.Job.run(Job.java:7)";

  private final KillMetrics metrics = new KillMetrics();

  private static String line(String result, String startedBy) {
    return line(result, startedBy, "");
  }

  private static String line(String result, String startedBy, String whyLeft) {
    return "{\"time\":\"2026-11-26T20:51:07Z\",\"by\":\"sentinel\",\"worker_main\":\"a.\\\"Main\","
        + "\"worker_end\":\"crash\",\"result\":\""
        + result
        + "\",\"pid\":17,\"memory_bytes\":4096,\"started_by\":\""
        + startedBy
        + "\",\"why_left\":\""
        + whyLeft
        + "\"}";
  }

  @Test
  void linesAreCountedByWorkerEndKillerAndLineOfJava() {
    metrics.count(line("killed", LINE));
    metrics.count(line("killed", LINE + ": Main.main \\u2192 Job.run"));
    metrics.count(line("left", "", "could not be signalled: Operation not permitted"));
    metrics.count(line("left", "", "kept"));
    metrics.count(line("left", "", "kept: named in keep="));
    String labels =
        "{worker_main=\"a.\\\"Main\",worker_end=\"crash\",by=\"sentinel\",started_by=\"";
    assertThat(metrics.text().lines().filter(line -> !line.startsWith("#")))
        .containsExactly(
            "reaper_killed_processes_total" + labels + LINE + "\"} 2",
            "reaper_left_processes_total" + labels + "\"} 1",
            "reaper_kept_processes_total" + labels + "\"} 2",
            "reaper_killed_memory_bytes_total{worker_main=\"a.\\\"Main\"} 8192",
            "reaper_kill_log_unreadable_lines_total 0");
  }

  @Test
  void emptyLogIsZeroOfEach() {
    assertThat(metrics.text())
        .contains(
            "# TYPE reaper_killed_processes_total counter\n",
            "reaper_kill_log_unreadable_lines_total 0\n");
  }

  @Test
  void lineThatIsNotTheAgentsIsCountedAndNoMore() {
    for (String other :
        new String[] {
          "", "x", "{", "{}", "{\"a\":}", "{\"a\":\"b", "{\"a\":1}}", "[1]", "{\"a\":-1}"
        }) {
      metrics.count(other);
    }
    assertThat(metrics.text()).contains("reaper_kill_log_unreadable_lines_total 9\n");
  }

  @Test
  void textOfAnyLettersIsReadAsItWas() {
    assertThat(FlatJson.read("{\"a\":\"\\\"\\\\\\u0009\\n\\/ö\",\"b\":12}"))
        .containsEntry("a", "\"\\\t\n/ö")
        .containsEntry("b", "12");
  }
}
