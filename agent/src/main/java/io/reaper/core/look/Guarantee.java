package io.reaper.core.look;

import io.reaper.core.observe.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Says what one mode holds here, at an orderly end and in a crash, and what it does not. */
final class Guarantee {
  private static final String CRASH_NOT_HELD = "not held";
  private static final int LONGEST_CELL = 20;
  private static final int LONGEST_HOLE = 21;

  private final String mode;
  private final Set<String> needs;
  private final boolean there;
  private final boolean heldInACrash;
  private final String orderly;
  private final String crash;
  private final String escapes;

  /**
   * Creates the guarantee of a mode.
   *
   * @param needs the checks that it stands on
   * @param heldInACrash whether the crash of a worker that has it is noticed at all
   * @param orderly what is dead after an orderly end
   * @param crash what is dead after a crash
   * @param escapes what survives
   */
  Guarantee(
      String mode,
      Set<String> needs,
      boolean there,
      boolean heldInACrash,
      String orderly,
      String crash,
      String escapes) {
    this.mode = mode;
    this.needs = needs;
    this.there = there;
    this.heldInACrash = there && heldInACrash;
    this.orderly = there ? orderly : "not available here";
    this.crash = !there ? "-" : heldInACrash ? crash : CRASH_NOT_HELD;
    this.escapes = !there ? "all" : heldInACrash ? escapes : "in a crash: all";
  }

  /**
   * Returns the guarantees of all modes.
   *
   * @param numbers whether processes can be named by their numbers
   * @param seam whether starts are recorded
   * @param crash whether a crash is noticed
   * @param library whether the C library can be called
   * @param adopts whether a process can be a subreaper
   * @param marks whether descendants can be marked
   * @param terminal whether a worker would stay in its job's group
   * @param leaf whether a cgroup can be made
   */
  static List<Guarantee> all(
      boolean numbers,
      boolean seam,
      boolean crash,
      boolean library,
      boolean adopts,
      boolean marks,
      boolean terminal,
      boolean leaf) {
    List<Guarantee> all = new ArrayList<>();
    all.add(
        new Guarantee(
            "children",
            Set.of("linux", "numbers", "seam", "ledger", "sentinel"),
            seam && numbers,
            crash,
            "direct children",
            "recorded direct children",
            "grandchildren, orphans"));
    String members = terminal ? "its own in the group" : "members of the group";
    all.add(
        new Guarantee(
            "process-group",
            Set.of("linux", "numbers", "ledger", "native", "sentinel", "terminal"),
            numbers && library,
            crash,
            members,
            members,
            "setsid or setpgid callers" + (terminal && !marks ? ", orphans" : "")));
    all.add(
        new Guarantee(
            "subreaper",
            Set.of("linux", "numbers", "ledger", "native", "prctl", "mark", "sentinel"),
            adopts && numbers,
            crash,
            "all descendants",
            marks ? "all descendants" : "descendants that are known",
            marks
                ? "in a crash: setters of RLIMIT_LOCKS"
                : "in a crash: orphans of its last 0.2 s"));
    all.add(
        new Guarantee(
            "cgroup",
            Set.of("linux", "numbers", "ledger", "cgroup", "sentinel"),
            leaf,
            crash,
            "all in the cgroup",
            "all in the cgroup",
            "none"));
    all.add(
        new Guarantee(
            "run",
            Set.of("linux", "numbers", "native", "prctl", "mark", "sentinel"),
            adopts && numbers,
            true,
            "all descendants of the command",
            "all descendants of the command",
            "none"));
    return all;
  }

  String mode() {
    return mode;
  }

  Set<String> needs() {
    return needs;
  }

  /** Whether the mode holds at an orderly end. */
  boolean isHeld() {
    return there;
  }

  /** Whether the mode holds in a crash, too. */
  boolean isHeldInACrash() {
    return heldInACrash;
  }

  /** Returns the guarantees as a table for a person. */
  static String table(List<Guarantee> guarantees) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"MODE", "ORDERLY END: DEAD", "CRASH: DEAD", "ESCAPES"});
    for (Guarantee each : guarantees) {
      rows.add(new String[] {each.mode, each.orderly, each.crash, each.escapes});
    }
    return Columns.of(rows, Integer.MAX_VALUE, LONGEST_CELL, LONGEST_CELL, LONGEST_HOLE);
  }

  /** Adds the guarantees as a member. */
  static void put(Json json, List<Guarantee> guarantees) {
    json.openArray("modes");
    for (Guarantee each : guarantees) {
      json.open()
          .put("mode", each.mode)
          .put("here", each.there)
          .put("orderly", each.orderly)
          .put("crash", each.crash)
          .put("escapes", each.escapes)
          .close();
    }
    json.closeArray();
  }
}
