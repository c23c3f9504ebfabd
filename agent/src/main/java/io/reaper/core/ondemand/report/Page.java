package io.reaper.core.ondemand.report;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.observe.Json;
import io.reaper.core.observe.Printable;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.posix.RegularFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes one HTML page with everything in it: no network, no other file. */
final class Page {
  private static final String TEMPLATE = "io/reaper/core/ondemand/report/page.html";
  private static final Pattern PLACE = Pattern.compile("@(TITLE|FACTS|SUMMARY|DATA)@");

  private final List<Timeline> workers;
  private final List<ProcessLife> lives = new ArrayList<>();
  private final String title;

  /** Creates the page of those workers. */
  Page(List<Timeline> workers, String title) {
    this.workers = workers;
    this.title = title;
    for (Timeline each : workers) {
      lives.addAll(each.all());
    }
  }

  /** Writes the page; throws whatever the file system reported. */
  void write(Path file) throws IOException {
    AgentClassLoader loader = (AgentClassLoader) Page.class.getClassLoader();
    String template = new String(loader.read(TEMPLATE), StandardCharsets.UTF_8);
    try (OutputStream out = RegularFile.replace(file.toFile())) {
      out.write(fill(template).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Returns the page that this template makes. */
  String fill(String template) {
    Map<String, String> values =
        Map.of(
            "@TITLE@",
            escape(Printable.of(title)),
            "@FACTS@",
            facts(),
            "@SUMMARY@",
            escape(summary()),
            "@DATA@",
            data());
    // In one pass, so that nothing in a value is taken for a place to fill.
    return PLACE
        .matcher(template)
        .replaceAll(place -> Matcher.quoteReplacement(values.get(place.group())));
  }

  private Map<ProcessLife.Ending, Integer> counts() {
    Map<ProcessLife.Ending, Integer> counts = new EnumMap<>(ProcessLife.Ending.class);
    for (ProcessLife life : lives) {
      counts.merge(life.ending(), 1, Integer::sum);
    }
    return counts;
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    int count = lives.size();
    text.append(count).append(count == 1 ? " process" : " processes").append(" from ");
    text.append(Told.time(firstMillis()));
    text.append(" on: ");
    String between = "";
    for (Map.Entry<ProcessLife.Ending, Integer> each : counts().entrySet()) {
      text.append(between).append(each.getValue()).append(' ').append(each.getKey().words());
      between = "; ";
    }
    int beyond = 0;
    for (Timeline each : workers) {
      beyond += each.beyond();
    }
    if (beyond > 0) {
      text.append("; ").append(beyond).append(" more, which are not shown");
    }
    return text.toString();
  }

  /**
   * Returns the data with {@code <} as its number, as any letter within a string of JSON may be
   * written: no tag can begin.
   */
  private String data() {
    long first = firstMillis();
    Json json = new Json().open().put("from", first);
    json.put("to", lastMillis()).openArray("endings");
    for (ProcessLife.Ending ending : ProcessLife.Ending.values()) {
      json.open().put("words", ending.words()).put("leak", ending.isLeak()).close();
    }
    json.closeArray().openArray("workers");
    for (Timeline each : workers) {
      json.add(Printable.of(name(each)));
    }
    json.closeArray().openArray("lives");
    Map<ProcessLife, Integer> at = new IdentityHashMap<>();
    for (ProcessLife life : lives) {
      at.put(life, at.size());
    }
    for (int i = 0; i < workers.size(); i++) {
      for (ProcessLife life : workers.get(i).all()) {
        put(json.open().put("worker", i), life, first);
        if (at.containsKey(life.under())) {
          json.put("under", at.get(life.under()));
        }
        json.close();
      }
    }
    return json.closeArray().close().toString().replace("<", "\\u003c");
  }

  private static void put(Json json, ProcessLife life, long first) {
    json.put("pid", life.pid())
        .put("command", Printable.of(life.command()))
        .put("by", Printable.of(life.startedBy()))
        .put("group", life.method())
        .put("start", life.startMillis() - first)
        .put("end", life.endMillis() - first)
        .put("ending", life.ending().ordinal())
        .put("note", Printable.of(life.note()));
  }

  private long firstMillis() {
    long first = Long.MAX_VALUE;
    for (Timeline each : workers) {
      first = Math.min(first, each.firstMillis());
    }
    return first;
  }

  private long lastMillis() {
    long last = 0;
    for (Timeline each : workers) {
      last = Math.max(last, each.lastMillis());
    }
    return last;
  }

  private static String name(Timeline lives) {
    WorkerInfo worker = lives.worker();
    return worker == null
        ? "unknown worker"
        : worker.main() + "[" + worker.pid() + "] " + worker.host();
  }

  /** Returns what is known of the worker, or a list that opens if there are several. */
  private String facts() {
    if (workers.size() == 1) {
      return "<p id=\"facts\">" + escape(Printable.of(workers.get(0).facts())) + "</p>";
    }
    StringBuilder list = new StringBuilder("<details id=\"facts\"><summary>");
    list.append(workers.size()).append(" workers</summary><ul>");
    for (Timeline each : workers) {
      String main = each.worker() == null ? "" : each.worker().main() + ": ";
      list.append("<li>").append(escape(Printable.of(main + each.facts()))).append("</li>");
    }
    return list.append("</ul></details>").toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
