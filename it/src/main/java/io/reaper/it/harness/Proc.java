package io.reaper.it.harness;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A process, named by pid and start time: a pid alone can be another's tomorrow. */
public final class Proc {
  private final long pid;
  private final long start;

  public Proc(long pid, long start) {
    this.pid = pid;
    this.start = start;
  }

  public long pid() {
    return pid;
  }

  public long start() {
    return start;
  }

  private static final Path PROC = Path.of("/proc");
  private static final int PIECE = 8192;

  /** The fields of /proc/PID/stat that matter here; see proc_pid_stat(5). */
  private static final class Stat {
    final char state;
    final long ppid;
    final long terminal;
    final long threads;
    final long start;

    Stat(char state, long ppid, long terminal, long threads, long start) {
      this.state = state;
      this.ppid = ppid;
      this.terminal = terminal;
      this.threads = threads;
      this.start = start;
    }
  }

  public static Optional<Proc> of(long pid) {
    return stat(pid).map(stat -> new Proc(pid, stat.start));
  }

  public static Proc self() {
    return of(ProcessHandle.current().pid()).orElseThrow();
  }

  /** Looks at each as it goes, the newest first: some do not live for the length of a scan. */
  public static Stream<Proc> all() {
    return pids().flatMap(pid -> of(pid).stream());
  }

  /**
   * Looks for those with that in their command line. Tests ask for little more often, and of most
   * processes nothing else is read.
   */
  public static Stream<Proc> withCommand(String part) {
    return pids().filter(pid -> commandLine(pid).contains(part)).flatMap(pid -> of(pid).stream());
  }

  private static Stream<Long> pids() {
    String[] entries = PROC.toFile().list();
    return Stream.of(entries == null ? new String[0] : entries)
        .filter(name -> Character.isDigit(name.charAt(0)))
        .map(Long::valueOf)
        .sorted(Comparator.reverseOrder());
  }

  public static List<Proc> childrenOf(long pid) {
    return pids()
        .flatMap(
            child ->
                stat(child)
                    .filter(stat -> stat.ppid == pid)
                    .map(stat -> new Proc(child, stat.start))
                    .stream())
        .collect(Collectors.toList());
  }

  public static List<Proc> zombiesOf(long pid) {
    return childrenOf(pid).stream()
        .filter(child -> child.state() == 'Z')
        .collect(Collectors.toList());
  }

  /** Whether it runs: a zombie does not, unless it has threads beside the first. */
  public boolean isAlive() {
    return stat().filter(stat -> "ZX".indexOf(stat.state) < 0 || stat.threads > 1).isPresent();
  }

  /** As ps(1) prints it; X when it is gone. */
  public char state() {
    return stat().map(stat -> stat.state).orElse('X');
  }

  /** 0 when it is gone; so are group and session. */
  public long ppid() {
    return stat().map(stat -> stat.ppid).orElse(0L);
  }

  public long pgrp() {
    return stat().isPresent() ? Kernel.group(pid) : 0;
  }

  public long session() {
    return stat().isPresent() ? Kernel.session(pid) : 0;
  }

  /** Whether it has a controlling terminal. */
  public boolean hasTerminal() {
    return stat().map(stat -> stat.terminal).orElse(0L) != 0;
  }

  /** A line of /proc/PID/status, empty when it is gone. */
  public String status(String key) {
    return read(pid, "status")
        .lines()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  /** Whether the signal of this number is ignored. */
  public boolean ignores(int signal) {
    String mask = status("SigIgn");
    return !mask.isEmpty() && (Long.parseUnsignedLong(mask, 16) >>> (signal - 1) & 1) == 1;
  }

  public String commandLine() {
    return commandLine(pid);
  }

  private static String commandLine(long pid) {
    return read(pid, "cmdline").replace('\0', ' ').strip();
  }

  /** Empty when it is gone. */
  public String workingDirectory() {
    return link("cwd");
  }

  /** What it has open under that number; empty when it has not, or is gone. */
  public String open(int descriptor) {
    return link("fd/" + descriptor);
  }

  /** All that it has open. */
  public List<String> open() {
    String[] names = PROC.resolve(pid + "/fd").toFile().list();
    return Stream.of(names == null ? new String[0] : names)
        .map(name -> link("fd/" + name))
        .collect(Collectors.toList());
  }

  private String link(String file) {
    try {
      return Files.readSymbolicLink(PROC.resolve(Long.toString(pid)).resolve(file)).toString();
    } catch (IOException gone) {
      return "";
    }
  }

  /** What it was started with, unless it has written over that since. */
  public String environment() {
    return read(pid, "environ").replace('\0', ' ');
  }

  /** Sends the signal of this name, such as TERM. */
  public void signal(String name) {
    signal(name, List.of(this));
  }

  public void kill() {
    signal("KILL");
  }

  /** Signals those that are alive, in as short a time as can be. */
  public static void signal(String name, Collection<Proc> procs) {
    List<Proc> alive = procs.stream().filter(Proc::isAlive).collect(Collectors.toList());
    alive.forEach(proc -> Kernel.kill(proc.pid, name));
  }

  private Optional<Stat> stat() {
    return stat(pid).filter(stat -> stat.start == start);
  }

  private static Optional<Stat> stat(long pid) {
    String line = read(pid, "stat");
    if (line.isEmpty()) {
      return Optional.empty();
    }
    // The second field, the command's name, may hold spaces and parentheses.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return Optional.of(
        new Stat(
            fields[0].charAt(0),
            Long.parseLong(fields[1]),
            Long.parseLong(fields[4]),
            Long.parseLong(fields[17]),
            Long.parseLong(fields[19])));
  }

  private static String read(long pid, String file) {
    // Half of the time that Files.readAllBytes takes, and tests read thousands of such files.
    try (FileInputStream in = new FileInputStream(PROC + "/" + pid + "/" + file)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] piece = new byte[PIECE];
      for (int length = in.read(piece); length > 0; length = in.read(piece)) {
        all.write(piece, 0, length);
      }
      return all.toString(StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // Gone, or going: the kernel answers ESRCH to a read that began before the end.
      return "";
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Proc && pid == ((Proc) other).pid && start == ((Proc) other).start;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(pid);
  }

  @Override
  public String toString() {
    return "process " + pid + " of " + start;
  }
}
