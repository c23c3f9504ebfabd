package io.reaper.it.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a process can tell of itself (proc(5)), without what is another each time. */
enum View {
  STATUS(View::status, "cat", "/proc/self/status"),
  LIMITS(View::spaced, "cat", "/proc/self/limits"),
  STAT(View::stat, "cat", "/proc/self/stat"),
  DESCRIPTORS(View::descriptors, "ls", "-l", "/proc/self/fd"),
  DESCRIPTOR_FLAGS(
      View::flags, "cat", "/proc/self/fdinfo/0", "/proc/self/fdinfo/1", "/proc/self/fdinfo/2"),
  ENVIRONMENT(out -> out.replace('\0', '\n'), "cat", "/proc/self/environ"),
  DIRECTORIES(out -> out, "readlink", "/proc/self/cwd", "/proc/self/root"),
  NAMESPACES(View::namespaces, "ls", "-l", "/proc/self/ns"),
  CGROUP(out -> out, "cat", "/proc/self/cgroup"),
  OTHERS(
      out -> out,
      "cat",
      "/proc/self/oom_score_adj",
      "/proc/self/coredump_filter",
      "/proc/self/timerslack_ns");

  private static final List<View> ALL = List.of(values());

  /** How much memory it has, how often it ran, which number it got, and what is on its way. */
  private static final String CHANCE =
      "(Vm|Rss|Hugetlb|voluntary|nonvoluntary|State|FDSize|Tgid|Pid|NS|ShdPnd|SigPnd).*";

  private static final Path OWN = Path.of("/proc/self");

  private final Function<String, String> normal;
  private final List<String> command;

  View(Function<String, String> normal, String... command) {
    this.normal = normal;
    this.command = List.of(command);
  }

  static View draw(Lot lot) {
    return lot.of(ALL);
  }

  /** The command of a child that shows it of itself. */
  List<String> command() {
    return command;
  }

  /** What a child of this JVM printed, so that it can be compared. */
  String normal(byte[] printed) {
    return normal.apply(new String(printed, StandardCharsets.UTF_8));
  }

  /** The signals and limits of this JVM itself, and whether it leads its group and session. */
  static String own() throws IOException {
    String[] fields = fields(Files.readString(OWN.resolve("stat")));
    long pid = ProcessHandle.current().pid();
    return Files.readString(OWN.resolve("status"))
            .lines()
            .filter(line -> line.matches("Sig(Blk|Ign|Cgt).*"))
            .collect(Collectors.joining("\n"))
        + "\n"
        + spaced(Files.readString(OWN.resolve("limits")))
        + String.format(
            "\nleads its group: %s, its session: %s\n",
            pid == number(fields[2]), pid == number(fields[3]))
        + Files.readString(OWN.resolve("cgroup"))
        + Files.readString(OWN.resolve("oom_score_adj"));
  }

  private static String status(String out) {
    return out.lines()
        .filter(line -> !line.matches(CHANCE))
        .map(View::ofWorker)
        // Of the queue of signals its length, and not what is in it.
        .map(line -> line.replaceFirst("^SigQ:\\s+\\d+", "SigQ: N"))
        .collect(Collectors.joining("\n"));
  }

  private static String ofWorker(String line) {
    return line.matches("PPid:.*")
        ? "PPid: " + parent(number(line.replaceFirst("PPid:\\s+", "")))
        : line;
  }

  /** Whose child it is. */
  static String parent(long pid) {
    return pid == ProcessHandle.current().pid() ? "the worker" : "another process";
  }

  private static String spaced(String out) {
    return out.lines().map(line -> line.replaceAll("\\s+", " ")).collect(Collectors.joining("\n"));
  }

  // proc_pid_stat(5); fields count from the state, which is the third.
  private static String stat(String out) {
    String[] fields = fields(out);
    String[] worker;
    try {
      worker = fields(Files.readString(OWN.resolve("stat")));
    } catch (IOException e) {
      return e.toString();
    }
    return String.format(
            "parent: %s, the worker's group: %s, its session: %s, its terminal: %s",
            parent(number(fields[1])),
            fields[2].equals(worker[2]),
            fields[3].equals(worker[3]),
            fields[4].equals(worker[4]))
        + String.format(", priority %s, nice %s, threads %s", fields[15], fields[16], fields[17])
        + String.format(
            ", exit signal %s, real-time priority %s, policy %s",
            fields[35], fields[37], fields[38]);
  }

  private static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
  }

  private static long number(String text) {
    return Long.parseLong(text.strip());
  }

  private static String descriptors(String out) {
    return links(out).replaceAll("\\[\\d+\\]", "[N]").replaceAll("/proc/\\d+", "/proc/PID");
  }

  /** Each as far as it is this JVM's, as a namespace of tests has another number each time. */
  private static String namespaces(String out) {
    return links(out)
        .lines()
        .map(line -> line.split(" "))
        .map(link -> link[1] + (isOwn(link[1], link[3]) ? " of the worker" : " " + link[3]))
        .collect(Collectors.joining("\n"));
  }

  private static boolean isOwn(String name, String namespace) {
    try {
      Path own = OWN.resolve("ns").resolve(name);
      return Files.readSymbolicLink(own).toString().equals(namespace);
    } catch (IOException none) {
      return false;
    }
  }

  private static String links(String out) {
    return out.lines()
        .flatMap(line -> Stream.of(line.replaceFirst("^([lrwx-]+).* (\\S+ ->)", "$1 $2")))
        .filter(line -> !line.startsWith("total"))
        .collect(Collectors.joining("\n"));
  }

  private static String flags(String out) {
    return out.lines().filter(line -> line.startsWith("flags")).collect(Collectors.joining("\n"));
  }
}
