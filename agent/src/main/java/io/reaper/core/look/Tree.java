package io.reaper.core.look;

import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Coverage;
import io.reaper.core.contain.Mode;
import io.reaper.core.contain.WorkerFacts;
import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Json;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.proc.HeldResources;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Shows a worker's processes, and what an orderly end of the worker would do to each now. */
public final class Tree {
  private static final String RED = "\033[31m";
  private static final String YELLOW = "\033[33m";
  private static final String PLAIN = "\033[0m";

  /** Says what would become of a process at the worker's end. */
  enum Fate {
    KILLED("killed", PLAIN),
    KEPT("kept", YELLOW),
    ESCAPES("escapes", RED);

    private final String word;
    private final String colour;

    Fate(String word, String colour) {
      this.word = word;
      this.colour = colour;
    }
  }

  private static final class Node {
    final ProcessInfo process;
    final Fate fate;
    final String why;
    final Vitals vitals;
    final List<Node> children = new ArrayList<>();

    Node(ProcessInfo process, Fate fate, String why, Vitals vitals) {
      this.process = process;
      this.fate = fate;
      this.why = why;
      this.vitals = vitals;
    }

    String inWords() {
      return Printable.of(process.name())
          + "["
          + process.pid()
          + "] "
          + fate.word
          + ": "
          + Printable.of(why);
    }
  }

  private final Worker worker;
  private final ProcFs proc;
  private final ProcOverview overview = new ProcOverview();
  private final HeldResources resources;
  private final Snapshot all;
  private final Map<ProcessId, Target> covered;
  private final Map<ProcessId, Target> killed;
  private final Set<ProcessId> shown = new HashSet<>();
  private final List<Node> roots = new ArrayList<>();

  /**
   * Looks at the worker's processes.
   *
   * @param resources reads what processes hold, or null if those are not asked for
   */
  public Tree(Worker worker, ProcFs proc, HeldResources resources, Log log) {
    this.worker = worker;
    this.proc = proc;
    this.resources = resources;
    all = look(worker, proc);
    Cleanup cleanup = new Cleanup(proc, worker.pid(), log);
    covered = find(cleanup.targetsWithoutKeeping(worker.modes(), facts()));
    killed =
        find(cleanup.targets(worker.options(), worker.modes(), worker.ledger().kept(), facts()));
    Map<Integer, ProcessId> names = new HashMap<>();
    for (ProcessInfo process : all.processes()) {
      names.put(process.pid(), process.id());
    }
    if (worker.alive()) {
      // Bystanders and their orphans are not the worker's, though they may be its children.
      for (ProcessInfo child :
          facts()
              .provenance(proc)
              .ownOf(all.childrenOf(worker.pid()), worker.ledger().processes().keySet())) {
        add(roots, child);
      }
    }
    // Covered processes that are elsewhere by now: orphans in the group, members of the cgroup.
    for (Target target : covered.values()) {
      if (!covered.containsKey(names.get(target.process().parent()))) {
        add(roots, target.process());
      }
    }
    for (Target target : covered.values()) {
      add(roots, target.process());
    }
  }

  /**
   * Returns every process, or, if no mode looks beyond them, the worker itself and the recorded
   * ones.
   */
  private static Snapshot look(Worker worker, ProcFs proc) {
    if (!proc.listsChildren() || Mode.lookBeyondChildren(worker.modes())) {
      return proc.snapshot();
    }
    // In the order of their numbers, as in a look at every process.
    Map<ProcessId, ProcessInfo> own = new TreeMap<>();
    List<ProcessInfo> roots = new ArrayList<>();
    if (worker.alive()) {
      roots.addAll(proc.read(List.of(worker.ledger().worker())));
    }
    for (ProcessInfo recorded : proc.read(worker.ledger().processes().keySet())) {
      own.put(recorded.id(), recorded);
      if (!worker.alive() || recorded.parent() != worker.pid()) {
        roots.add(recorded);
      }
    }
    for (ProcessInfo descendant : proc.descendantsOf(roots)) {
      own.put(descendant.id(), descendant);
    }
    return new Snapshot(new ArrayList<>(own.values()));
  }

  private WorkerFacts facts() {
    return WorkerFacts.of(
        worker.ledger(),
        worker.alive() ? worker.pid() : WorkerFacts.GONE,
        worker.ledger().processes());
  }

  private Map<ProcessId, Target> find(Coverage coverage) {
    Map<ProcessId, Target> found = new HashMap<>();
    for (Target target : coverage.find(all)) {
      found.put(target.id(), target);
    }
    return found;
  }

  private void add(List<Node> siblings, ProcessInfo process) {
    if (process.isZombie()
        || process.id().equals(worker.ledger().sentinel())
        || !shown.add(process.id())) {
      return;
    }
    Node node =
        new Node(
            process, fate(process), why(process), Vitals.of(process, proc, overview, resources));
    siblings.add(node);
    for (ProcessInfo child : all.childrenOf(process.pid())) {
      add(node.children, child);
    }
  }

  private Fate fate(ProcessInfo process) {
    if (killed.containsKey(process.id())) {
      return Fate.KILLED;
    }
    return covered.containsKey(process.id()) ? Fate.KEPT : Fate.ESCAPES;
  }

  private String why(ProcessInfo process) {
    Target target = covered.get(process.id());
    return target == null ? "no mode covers it" : target.reason().toString();
  }

  /** Returns lines for a person. */
  String text(Paper paper) {
    StringBuilder text = new StringBuilder();
    String alive = worker.alive() ? "" : "(dead) ";
    String name = Printable.of(worker.ledger().mainClass()) + "[" + worker.pid() + "] ";
    text.append(paper.cut(name + alive + worker.modeNames())).append('\n');
    text.append(paper.cut("options: " + Printable.of(worker.optionsInWords()))).append('\n');
    append(text, roots, "", paper);
    return text.toString();
  }

  private static void append(StringBuilder text, List<Node> nodes, String indent, Paper paper) {
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      boolean last = i == nodes.size() - 1;
      String branch = indent + (paper.hasLines() ? last ? "└─ " : "├─ " : last ? "`- " : "|- ");
      String below = indent + (last ? "   " : paper.hasLines() ? "│  " : "|  ");
      String first = branch + node.inWords();
      String more = Printable.of("(" + node.vitals.inWords() + ")");
      if (paper.hasRoomFor(first + " " + more)) {
        line(text, first + " " + more, branch.length(), node.fate, paper);
      } else {
        boolean hasChildren = !node.children.isEmpty();
        String rule = below + (hasChildren ? paper.hasLines() ? "│  " : "|  " : "   ");
        line(text, paper.cut(first), branch.length(), node.fate, paper);
        line(text, paper.cut(rule + more), rule.length(), node.fate, paper);
      }
      append(text, node.children, below, paper);
    }
  }

  private static void line(StringBuilder text, String line, int from, Fate fate, Paper paper) {
    int begin = Math.min(from, line.length());
    text.append(line, 0, begin).append(paper.hasColours() ? fate.colour : "");
    text.append(line, begin, line.length()).append(paper.hasColours() ? PLAIN : "").append('\n');
  }

  /** Returns a JSON object; the worker's processes are nested in {@code processes}. */
  public String json() {
    Json json =
        new Json()
            .open()
            .put("pid", worker.pid())
            .put("main", worker.ledger().mainClass())
            .put("alive", worker.alive())
            .put("modes", worker.modeNames())
            .put("sentinel", worker.sentinel())
            .put("ledger", worker.file().getPath());
    PsRow.put(json, worker.options());
    append(json, roots);
    return json.close().toString();
  }

  private static void append(Json json, List<Node> nodes) {
    json.openArray("processes");
    for (Node node : nodes) {
      json.open()
          .put("pid", node.process.pid())
          .put("name", node.process.name())
          .put("group", node.process.group())
          .put("session", node.process.session())
          .put("fate", node.fate.word)
          .put("why", node.why);
      node.vitals.put(json);
      append(json, node.children);
      json.close();
    }
    json.closeArray();
  }
}
