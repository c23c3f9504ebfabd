package io.reaper.core.look;

import io.reaper.core.contain.Cgroup;
import io.reaper.core.contain.OwnMark;
import io.reaper.core.observe.Json;
import io.reaper.core.options.Options;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.sentinel.SentinelCommand;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds what this machine and this JDK offer, tried out rather than guessed, and therefore which
 * mode gives which guarantee here, and which hole stays open.
 */
public final class Doctor {
  private final ProcFs proc = new ProcFs();
  private final List<Check> checks = new ArrayList<>();
  private final List<Guarantee> guarantees = new ArrayList<>();
  private boolean crashCounts = true;

  /**
   * Tries everything out.
   *
   * @param place where the ledgers would live
   * @param access to the C library
   * @param path the places of programs, with ':' between the directories
   */
  public Doctor(File place, NativeAccess access, String path) {
    boolean linux = check("linux", isLinux(), system(), "the agent needs Linux");
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
            : "no CONFIG_PROC_CHILDREN: each look for children reads every process",
        "works, but costs more; kernels of the distributions have it");
    checkSentinel(path);
    boolean terminal = checkTerminal();
    boolean leaf = linux && checkCgroup(numbers);
    checkModule("jdk.jfr", "flight recordings");
    checkModule("java.management", "the MXBean");
    guarantees.addAll(
        Guarantee.all(
            linux && numbers, seam, linux && ledger, posix != null, adopts, marks, terminal, leaf));
  }

  private boolean check(String name, boolean there, String found, String remedy) {
    checks.add(new Check(name, there, found, remedy));
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
    String why = proc.numberSpace().whyNotToTrust("no mode is available");
    return check(
        "numbers",
        why == null,
        why == null ? "those in /proc are those of this PID namespace" : why,
        "");
  }

  private boolean checkSeam() {
    String jdk = "of JDK " + Runtime.version();
    try {
      ProcessBuilder.class.getDeclaredMethod("start", ProcessBuilder.Redirect[].class);
      return check("seam", true, "ProcessBuilder.start(Redirect[]) " + jdk, "");
    } catch (NoSuchMethodException other) {
      return check(
          "seam",
          false,
          "no ProcessBuilder.start(Redirect[]) " + jdk,
          "take an OpenJDK of version 11 to 25, or a mode that needs no record of starts");
    }
  }

  private boolean checkLedger(File place) {
    try {
      return check("ledger", true, PrivateDirectory.open(place) + " is this user's own", "");
    } catch (IOException refused) {
      return check(
          "ledger",
          false,
          refused.getMessage(),
          "name another place by dir=: a directory of this user's own, mode 0700, in none that"
              + " others may write to");
    }
  }

  /**
   * Checks the C library. Where it is not available, for one reason out of many, that reason is
   * shown as what was found.
   */
  private Posix checkLibrary(NativeAccess access) {
    try {
      Posix posix = access.open();
      check(
          "native",
          true,
          access.library() == null
              ? "the JDK itself calls the C library, as no stub can be loaded"
              : access.library() + " is loaded",
          "");
      return posix;
    } catch (Throwable refused) {
      check(
          "native",
          false,
          String.valueOf(refused.getMessage()),
          "name a directory by dir= that is this user's own and not mounted noexec");
      return null;
    }
  }

  private boolean checkSubreaper(Posix posix) {
    if (posix == null) {
      return check("prctl", false, "needs the native library", "see native");
    }
    int answer = posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 1);
    if (answer < 0) {
      return check(
          "prctl",
          false,
          "prctl(PR_SET_CHILD_SUBREAPER) answered errno " + -answer,
          "allow it in the seccomp filter; a kernel before 3.4 and qemu-user have none");
    }
    posix.prctl(Posix.PR_SET_CHILD_SUBREAPER, 0);
    return check("prctl", true, "PR_SET_CHILD_SUBREAPER can be set", "");
  }

  private boolean checkMark(Posix posix) {
    if (posix == null) {
      return check("mark", false, "needs the native library", "see native");
    }
    int self = proc.self();
    Long before = proc.details(self).softLimitOnLocks();
    Long mark = OwnMark.choose(new ProcessId(self, 0));
    int answer = posix.setSoftLimit(Posix.RLIMIT_LOCKS, mark);
    if (answer < 0) {
      return check(
          "mark",
          false,
          "setrlimit(RLIMIT_LOCKS) answered errno " + -answer,
          "allow setrlimit and prlimit64 in the seccomp filter");
    }
    boolean seen = mark.equals(proc.details(self).softLimitOnLocks());
    if (before != null) {
      posix.setSoftLimit(Posix.RLIMIT_LOCKS, before);
    }
    return check(
        "mark",
        seen,
        seen
            ? "RLIMIT_LOCKS can be set, and tells descendants"
            : "RLIMIT_LOCKS can be set, but not read back",
        "make /proc/PID/limits readable");
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
            : (sh == null ? "no sh" : "no setsid") + " in PATH: a JVM watches instead (40 MB)",
        "install it (Debian: dash, util-linux; Alpine: busybox), or correct PATH");
  }

  private boolean checkTerminal() {
    boolean there = proc.details(proc.self()).hasTerminal();
    return check(
        "terminal",
        there,
        there
            ? "process-group leaves a worker in its job's group, with bystanders"
            : "process-group puts a worker into a group of its own",
        "");
  }

  private boolean checkCgroup(boolean numbers) {
    if (!numbers) {
      // The number that would be moved into the cgroup may be another process's.
      return check("cgroup", false, "not tried, as the numbers are not known", "see numbers");
    }
    File parent = proc.own().cgroup();
    try {
      Cgroup.tryOut(parent, proc.me().id());
      return check("cgroup", true, "a leaf can be made, entered and left in " + parent, "");
    } catch (IOException refused) {
      return check(
          "cgroup",
          false,
          refused.getMessage(),
          "Delegate=yes in the systemd unit (or systemd-run --user --scope -p Delegate=yes); in a"
              + " container a cgroup v2 of its own that it may write to; without one, take"
              + " subreaper");
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return check("cgroup", false, "interrupted", "");
    }
  }

  private void checkModule(String module, String use) {
    boolean there = ModuleLayer.boot().findModule(module).isPresent();
    check(
        module,
        there,
        (there ? "there for " : "not in this JDK: no ") + use,
        "take a JDK, or a jlink image, with that module, if you want them");
  }

  /** Leaves only what concerns the modes of these options, and what they stand on. */
  public void narrowTo(Options options) {
    crashCounts = options.sentinel();
    guarantees.removeIf(each -> !options.modes().contains(each.mode()));
    Set<String> needs = new HashSet<>();
    for (Guarantee each : guarantees) {
      needs.addAll(each.needs());
    }
    checks.removeIf(each -> !needs.contains(each.name()));
  }

  /** Returns whether every mode that is asked for is available, and holds in a crash. */
  public boolean isWell() {
    for (Guarantee each : guarantees) {
      if (!(crashCounts ? each.isHeldInACrash() : each.isHeld())) {
        return false;
      }
    }
    return true;
  }

  /** Returns two tables for a person, of at most 80 columns. */
  public String text() {
    return Check.table(checks) + "\n" + Guarantee.table(guarantees);
  }

  /** Returns a JSON object. */
  public String json() {
    Json json = new Json().open().put("well", isWell());
    Check.put(json, checks);
    Guarantee.put(json, guarantees);
    return json.close().toString();
  }
}
