package io.reaper.core.look;

import io.reaper.core.observe.Json;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcOverview;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Holds one line of {@code ps}: a worker with a ledger, or a JVM that has no ledger yet. */
final class PsRow {
  private static final String UNKNOWN = "-";

  private final int pid;
  private final String user;
  private final boolean alive;
  private final String modes;
  private final String children;
  private final String adopted;
  private final int sentinel;
  private final String main;
  private final String whyNoLedger;
  private final String ledger;
  private final Options options;

  private PsRow(
      int pid,
      String user,
      boolean alive,
      String modes,
      String children,
      String adopted,
      int sentinel,
      String main,
      String whyNoLedger,
      String ledger,
      Options options) {
    this.pid = pid;
    this.user = user == null ? UNKNOWN : user;
    this.alive = alive;
    this.modes = modes;
    this.children = children;
    this.adopted = adopted;
    this.sentinel = sentinel;
    this.main = main;
    this.whyNoLedger = whyNoLedger;
    this.ledger = ledger;
    this.options = options;
  }

  static PsRow of(Worker worker, ProcOverview overview) {
    return new PsRow(
        worker.pid(),
        userOf(worker, overview),
        worker.alive(),
        worker.modeNames(),
        Integer.toString(worker.children()),
        Integer.toString(worker.adopted()),
        worker.sentinel(),
        worker.ledger().mainClass(),
        "",
        worker.file().getPath(),
        worker.options());
  }

  static PsRow of(StartedJvm jvm, ProcOverview overview) {
    List<String> modes = jvm.options() == null ? List.of("?") : jvm.options().modes();
    return new PsRow(
        jvm.process().pid(),
        overview.userName(jvm.process().pid()),
        true,
        modes.isEmpty() ? "none" : String.join("+", modes),
        UNKNOWN,
        UNKNOWN,
        0,
        jvm.mainClass(),
        jvm.whyNoLedger(),
        "",
        jvm.options());
  }

  private static String userOf(Worker worker, ProcOverview overview) {
    String user = worker.alive() ? overview.userName(worker.pid()) : null;
    return user == null ? ownerOf(worker.file()) : user;
  }

  private static String ownerOf(File ledger) {
    try {
      return Files.getOwner(ledger.toPath(), LinkOption.NOFOLLOW_LINKS).getName();
    } catch (IOException gone) {
      return UNKNOWN;
    }
  }

  /** Returns the rows as a table for a person. */
  static String table(List<PsRow> rows, boolean users) {
    List<String[]> table = new ArrayList<>();
    table.add(words(users, "PID", "USER", "MODES", "CHILDREN", "ADOPTED", "SENTINEL", "WORKER"));
    for (PsRow row : rows) {
      table.add(
          words(
              users,
              Integer.toString(row.pid),
              row.user,
              row.modes,
              row.children,
              row.adopted,
              row.sentinel == 0 ? UNKNOWN : Integer.toString(row.sentinel),
              row.inWords()));
    }
    return Columns.of(table);
  }

  private String inWords() {
    if (!alive) {
      return "dead, and not swept up after: sweep does that";
    }
    return ledger.isEmpty() ? main + " (no ledger: " + whyNoLedger + ")" : main;
  }

  private static String[] words(boolean users, String pid, String user, String... others) {
    List<String> words = new ArrayList<>(List.of(pid));
    if (users) {
      words.add(user);
    }
    words.addAll(List.of(others));
    return words.toArray(new String[0]);
  }

  /** Returns the rows as a JSON array of objects. */
  static String json(List<PsRow> rows) {
    Json json = new Json().openArray();
    for (PsRow row : rows) {
      json.open()
          .put("pid", row.pid)
          .put("user", row.user)
          .put("main", row.main)
          .put("alive", row.alive)
          .put("modes", row.modes)
          .put("children", row.number(row.children))
          .put("adopted", row.number(row.adopted))
          .put("sentinel", row.sentinel)
          .put("ledger", row.ledger);
      put(json, row.options);
      json.close();
    }
    return json.closeArray().toString();
  }

  private long number(String word) {
    return word.equals(UNKNOWN) ? 0 : Long.parseLong(word);
  }

  /** Adds the options that hold, as an object; none where they are not known. */
  static void put(Json json, Options options) {
    if (options != null) {
      json.open("options");
      for (Map.Entry<String, String> each : options.effective().entrySet()) {
        json.put(each.getKey(), each.getValue());
      }
      json.close();
    }
  }
}
