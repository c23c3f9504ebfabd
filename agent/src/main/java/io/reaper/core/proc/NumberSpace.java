package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells where a pid and a start time of this /proc mean what they mean, and whether that is here.
 */
public final class NumberSpace {
  private static final String NUMBERS = "NSpid:";

  private final String root;

  /** Creates the number space of the /proc that is mounted there. */
  NumberSpace(String root) {
    this.root = root;
  }

  /** Returns the id of this boot (random(4), /proc/sys/kernel/random/boot_id). */
  String bootId() {
    byte[] id = OwnProc.bytes(root + "/sys/kernel/random/boot_id");
    return id == null ? "" : new String(id, StandardCharsets.US_ASCII).trim();
  }

  /**
   * Returns this boot, and this JVM's PID namespace (pid_namespaces(7)) and time namespace
   * (time_namespaces(7), which shifts start times; Linux 5.6): only within these do a number and a
   * start time mean what they mean here.
   */
  public String name() {
    return bootId() + namespace("pid") + namespace("time");
  }

  /**
   * Whether the name tells this boot from another. Where /proc shows nothing but processes
   * (proc(5), subset=pid), it does not, and the namespaces that are there first have the same names
   * each time.
   */
  public boolean tellsTheBoot() {
    return !bootId().isEmpty();
  }

  private String namespace(String kind) {
    try {
      return " " + Files.readSymbolicLink(Path.of(root, "self", "ns", kind));
    } catch (IOException untold) {
      return "";
    }
  }

  /**
   * Returns why no process may be named by a number of this /proc, and what to do about it, or null
   * if all is well. A sandbox that makes a PID namespace and mounts no /proc for it has that of the
   * namespace above: other numbers than those of getpid(2) and kill(2). A process has a number in
   * each namespace from that of /proc down to its own (proc(5), /proc/PID/status, NSpid).
   *
   * @param consequence what is not done therefore
   */
  public String whyNotToTrust(String consequence) {
    if (isAbsent()) {
      return root
          + " is not mounted, or is of another PID namespace; "
          + consequence
          + "; mount it, as unshare --mount-proc does";
    }
    String found = foreignNumbers();
    return found == null
        ? null
        : root
            + " is of another PID namespace ("
            + found
            + "); "
            + consequence
            + "; mount /proc in this namespace, as unshare --mount-proc does";
  }

  /** Whether this process is not there, as on a system without /proc no process is. */
  public boolean isAbsent() {
    return !new File(root + "/self/stat").exists();
  }

  private String foreignNumbers() {
    for (String line : OwnProc.lines(root + "/self/status")) {
      if (line.startsWith(NUMBERS)) {
        return Stat.numbers((line + "\n").getBytes(StandardCharsets.US_ASCII)).size() > 1
            ? line.replace('\t', ' ')
            : null;
      }
    }
    // Before Linux 4.1, and where the file is not the kernel's own.
    long pid = ProcessHandle.current().pid();
    int there = new ProcFs(root).self();
    return pid == there ? null : there + " there is " + pid + " here";
  }
}
