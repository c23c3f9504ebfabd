package io.reaper.core.ondemand.report;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.observe.Json;
import io.reaper.core.observe.Printable;
import io.reaper.core.posix.RegularFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;

/** Writes one HTML page with everything in it: no network, no other file. */
final class Page {
  private static final String TEMPLATE = "io/reaper/core/ondemand/report/page.html";

  private final Timeline lives;
  private final String title;
  private final String facts;

  /**
   * Creates the page.
   *
   * @param facts what is known of the worker, in words
   */
  Page(Timeline lives, String title, String facts) {
    this.lives = lives;
    this.title = title;
    this.facts = facts;
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
    return template
        .replace("@SUMMARY@", escape(summary()))
        .replace("@FACTS@", escape(Printable.of(facts)))
        // The last two, so that nothing in them is taken for a place to fill.
        .replace("@DATA@", data())
        .replace("@TITLE@", escape(Printable.of(title)));
  }

  private Map<ProcessLife.Ending, Integer> counts() {
    Map<ProcessLife.Ending, Integer> counts = new EnumMap<>(ProcessLife.Ending.class);
    for (ProcessLife life : lives.all()) {
      counts.merge(life.ending(), 1, Integer::sum);
    }
    return counts;
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    int count = lives.all().size();
    text.append(count).append(count == 1 ? " process" : " processes").append(" from ");
    text.append(Instant.ofEpochMilli(lives.firstMillis()).truncatedTo(ChronoUnit.SECONDS));
    text.append(" on: ");
    String between = "";
    for (Map.Entry<ProcessLife.Ending, Integer> each : counts().entrySet()) {
      text.append(between).append(each.getValue()).append(' ').append(each.getKey().words());
      between = "; ";
    }
    if (lives.beyond() > 0) {
      text.append("; ").append(lives.beyond()).append(" more, which are not shown");
    }
    return text.toString();
  }

  /**
   * Returns the data with {@code <} as its number, as any letter within a string of JSON may be
   * written: no tag can begin.
   */
  private String data() {
    Json json = new Json().open().put("from", lives.firstMillis());
    json.put("to", lives.lastMillis()).openArray("endings");
    for (ProcessLife.Ending ending : ProcessLife.Ending.values()) {
      json.open().put("words", ending.words()).put("leak", ending.isLeak()).close();
    }
    json.closeArray().openArray("lives");
    for (ProcessLife life : lives.all()) {
      json.open()
          .put("pid", life.pid())
          .put("command", Printable.of(life.command()))
          .put("by", Printable.of(life.startedBy()))
          .put("group", life.method())
          .put("start", life.startMillis() - lives.firstMillis())
          .put("end", life.endMillis() - lives.firstMillis())
          .put("ending", life.ending().ordinal())
          .put("note", Printable.of(life.note()))
          .close();
    }
    return json.closeArray().close().toString().replace("<", "\\u003c");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
