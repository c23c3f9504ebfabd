package io.reaper.core.look;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.OwnMark;
import io.reaper.core.observe.Json;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.SentinelCommand;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What this machine and this JDK offer, tried out rather than guessed, and therefore which mode
 * gives which guarantee here, and which hole stays open.
 */
public final class Doctor {
  private static final String ORDERLY_ONLY = "not held";

  private static final class Check {
    final String name;
    final boolean there;
    final String found;

    Check(String name, boolean there, String found) {
      this.name = name;
      this.there = there;
      this.found = found;
    }
  }

  private static final class Guarantee {
    final String mode;
    final boolean there;
    final String orderly;
    final String crash;
    final String escapes;

    Guarantee(String mode, boolean there, String orderly, String crash, String escapes) {
      this.mode = mode;
      this.there = there;
      this.orderly = orderly;
      this.crash = crash;
      this.escapes = escapes;
    }
  }

  private final ProcFs proc = new ProcFs();
  private final List<Check> checks = new ArrayList<>();
  private final List<Guarantee> guarantees = new ArrayList<>();

  /**
   * Looks.
   *
   * @param place where the ledgers would live
   * @param access to the C library
   * @param path where programs are looked for, with ':' between the directories
   */
  public Doctor(File place, NativeAccess access, String path) {
    boolean linux = check("linux", isLinux(), system());
    boolean numbers = checkNumbers();
    boolean seam = checkSeam();
    boolean ledger = checkLedger(place);
    Posix posix = checkLibrary(access);
    boolean adopts = checkSubreaper(posix);
    boolean marks = checkMark(posix);
    boolean listed = linux && proc.listsChildren();
    check(
        "children",
        listed,
        listed
            ? "the kernel lists each thread's children"
            : "no CONFIG_PROC_CHILDREN: each look for children reads every process");
    checkSentinel(path);
    boolean terminal = checkTerminal();
    checkPidfd();
    boolean leaf = linux && checkCgroup(numbers);
    checkModule("jdk.jfr", "flight recordings");
    checkModule("java.management", "the MXBean");
    boolean crash = linux && ledger;
    promise(
        "children",
        seam && linux && numbers,
        crash,
        "direct children",
        "recorded direct children",
        "grandchildren, orphans");
    promise(
        "process-group",
        linux && numbers && posix != null,
        crash,
        terminal ? "its own in the group" : "members of the group",
        "the same",
        "who calls setsid or setpgid" + (terminal && !marks ? ", orphans" : ""));
    promise(
        "subreaper",
        adopts && numbers,
        crash,
        "all descendants",
        marks ? "the same" : "descendants that are known",
        marks
            ? "in a crash: who sets RLIMIT_LOCKS for itself"
            : "in a crash: who was started and orphaned in its last 0.2 s");
    promise("cgroup", leaf, crash, "everybody in the leaf", "the same", "nobody");
    promise(
        "run",
        adopts && numbers,
        true,
        "all descendants of the command",
        "the same",
        "everybody, if run itself is killed with SIGKILL");
  }

  private boolean check(String name, boolean there, String found) {
    checks.add(new Check(name, there, found));
    return there;
  }

  private static boolean isLinux() {
    return System.getProperty("os.name").equals("Linux");
  }

  private static String system() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " on "
        + System.getProperty("os.arch");
  }

  private boolean checkNumbers() {
    String why = proc.numberSpace().whyNotToTrust("no mode is to be had");
    return check(
        "numbers",
        why == null,
        why == null ? "those in /proc are those of this PID namespace" : why);
  }

  private boolean checkSeam() {
    String jdk = "of JDK " + Runtime.version();
    try {
      ProcessBuilder.class.getDeclaredMethod("start", ProcessBuilder.Redirect[].class);
      return check("seam", true, "ProcessBuilder.start(Redirect[]) " + jdk);
    } catch (NoSuchMethodException other) {
      return check("seam", false, "no ProcessBuilder.start(Redirect[]) " + jdk);
    }
  }

  private boolean checkLedger(File place) {
    try {
      return check("ledger", true, PrivateDirectory.open(place) + " is this user's own");
    } catch (IOException refused) {
      return check("ledger", false, refused.getMessage() + "; dir= names another place");
    }
  }

  /** Where it is not to be had, for one reason out of many, that reason is what is found. */
  private Posix checkLibrary(NativeAccess access) {
    try {
      Posix posix = access.open();
      check(
          "native",
          true,
          access.library() == null
              ? "the JDK itself calls the C library, as no stub can be loaded"
              : access.library() + " is loaded");
      return posix;
    } catch (Exception | LinkageError refused) {
      check("native", false, refused.getMessage());
      return null;
    }
  }

  private boolean checkSubreaper(Posix posix) {
    if (posix == null) {
      return check("prctl", false, "needs the native library");
    }
    int answer = posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    if (answer < 0) {
      return check("prctl", false, "prctl(PR_SET_CHILD_SUBREAPER) answered errno " + -answer);
    }
    posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 0);
    return check("prctl", true, "PR_SET_CHILD_SUBREAPER can be set");
  }

  private boolean checkMark(Posix posix) {
    if (posix == null) {
      return check("mark", false, "needs the native library");
    }
    int self = proc.self();
    Long before = proc.details(self).softLimitOnLocks();
    Long mark = OwnMark.choose(self);
    int answer = posix.setSoftLimit(Posix.RLIMIT_LOCKS, mark);
    if (answer < 0) {
      return check("mark", false, "setrlimit(RLIMIT_LOCKS) answered errno " + -answer);
    }
    boolean seen = mark.equals(proc.details(self).softLimitOnLocks());
    if (before != null) {
      posix.setSoftLimit(Posix.RLIMIT_LOCKS, before);
    }
    return check(
        "mark",
        seen,
        seen
            ? "RLIMIT_LOCKS can be set, and tells who descends from whom"
            : "RLIMIT_LOCKS can be set, but nobody can read it");
  }

  private void checkSentinel(String path) {
    String sh = SentinelCommand.find(path, "sh");
    String setsid = SentinelCommand.find(path, "setsid");
    boolean there = sh != null && setsid != null;
    check(
        "sentinel",
        there,
        there
            ? sh + " and " + setsid + " can watch"
            : (sh == null ? "no sh" : "no setsid") + " in PATH: a JVM watches instead (40 MB)");
  }

  private boolean checkTerminal() {
    boolean there = proc.details(proc.self()).hasTerminal();
    return check(
        "terminal",
        there,
        there
            ? "process-group leaves a worker in its job's group, with bystanders"
            : "process-group puts a worker into a group of its own");
  }

  /** pidfd_open(2): Linux 5.3. By its number, as nothing here calls it. */
  private void checkPidfd() {
    String[] version = System.getProperty("os.version").split("\\D+");
    int major = Integer.parseInt(version[0]);
    int minor = version.length > 1 ? Integer.parseInt(version[1]) : 0;
    boolean there = isLinux() && (major > 5 || major == 5 && minor >= 3);
    check("pidfd", there, "by the kernel's number; not needed: pid and start time name a process");
  }

  private boolean checkCgroup(boolean numbers) {
    if (!numbers) {
      // The number that would be moved into it is another's.
      return check("cgroup", false, "not tried, as the numbers are not known");
    }
    File parent = proc.own().cgroup();
    try {
      Cgroup.tryOut(parent, proc.read(proc.self()).id());
      return check("cgroup", true, "a leaf can be made, entered and left in " + parent);
    } catch (IOException refused) {
      return check("cgroup", false, refused.getMessage());
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return check("cgroup", false, "interrupted");
    }
  }

  private void checkModule(String module, String use) {
    boolean there = ModuleLayer.boot().findModule(module).isPresent();
    check(module, there, (there ? "there for " : "not in this JDK: no ") + use);
  }

  private void promise(
      String mode, boolean there, boolean crash, String orderly, String dead, String hole) {
    if (!there) {
      guarantees.add(new Guarantee(mode, false, "not to be had here", "-", "everybody"));
      return;
    }
    guarantees.add(
        new Guarantee(
            mode,
            true,
            orderly,
            crash ? dead.replace("the same", orderly) : ORDERLY_ONLY,
            crash ? hole : "in a crash: everybody"));
  }

  /** Whether every mode is to be had, and holds in a crash. */
  public boolean isWell() {
    for (Guarantee guarantee : guarantees) {
      if (!guarantee.there || guarantee.crash.equals(ORDERLY_ONLY)) {
        return false;
      }
    }
    return true;
  }

  /** As two tables for a person. */
  public String text() {
    List<String[]> found = new ArrayList<>();
    found.add(new String[] {"CHECK", "HERE", "FOUND"});
    for (Check check : checks) {
      found.add(new String[] {check.name, check.there ? "yes" : "no", check.found});
    }
    List<String[]> promised = new ArrayList<>();
    promised.add(new String[] {"MODE", "ORDERLY END: DEAD", "CRASH: DEAD", "ESCAPES"});
    for (Guarantee each : guarantees) {
      promised.add(new String[] {each.mode, each.orderly, each.crash, each.escapes});
    }
    return Columns.of(found) + "\n" + Columns.of(promised);
  }

  /** As a JSON object. */
  public String json() {
    Json json = new Json().open().put("well", isWell()).openArray("checks");
    for (Check each : checks) {
      json.open().put("check", each.name).put("here", each.there).put("found", each.found).close();
    }
    json.closeArray().openArray("modes");
    for (Guarantee each : guarantees) {
      json.open()
          .put("mode", each.mode)
          .put("here", each.there)
          .put("orderly", each.orderly)
          .put("crash", each.crash)
          .put("escapes", each.escapes)
          .close();
    }
    return json.closeArray().close().toString();
  }
}
