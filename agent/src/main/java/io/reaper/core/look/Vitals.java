package io.reaper.core.look;

import io.reaper.core.observe.Json;
import io.reaper.core.proc.HeldResources;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcOverview;
import io.reaper.core.proc.ProcessDetails;
import io.reaper.core.proc.ProcessInfo;
import java.util.List;

/**
 * Holds what a person wants to know of a process beside its name: command line, age, user, memory.
 */
final class Vitals {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;
  private static final long MEGABYTE = 1024 * 1024;

  private final String command;
  private final String user;
  private final long ageSeconds;
  private final long memoryBytes;
  private final List<String> held;

  private Vitals(
      String command, String user, long ageSeconds, long memoryBytes, List<String> held) {
    this.command = command;
    this.user = user;
    this.ageSeconds = ageSeconds;
    this.memoryBytes = memoryBytes;
    this.held = held;
  }

  /**
   * Reads the vitals of a process.
   *
   * @param resources reads what the process holds, or null if those are not asked for
   */
  static Vitals of(
      ProcessInfo process, ProcFs proc, ProcOverview overview, HeldResources resources) {
    ProcessDetails details = proc.details(process.pid());
    String user = overview.userName(process.pid());
    return new Vitals(
        details.commandLine(),
        user == null ? "?" : user,
        Math.max(0, (proc.own().upMillis() - process.id().startMillis()) / 1000),
        details.residentBytes(),
        resources == null ? null : resources.of(process.pid()));
  }

  /** Returns the vitals in few words. */
  String inWords() {
    String words = age() + ", " + user + ", " + memory();
    if (held != null && !held.isEmpty()) {
      words += ", holds " + String.join(" ", held);
    }
    return command.isEmpty() ? words : words + ": " + command;
  }

  private String age() {
    if (ageSeconds < MINUTE) {
      return ageSeconds + "s";
    }
    if (ageSeconds < HOUR) {
      return ageSeconds / MINUTE + "m" + ageSeconds % MINUTE + "s";
    }
    return ageSeconds < DAY
        ? ageSeconds / HOUR + "h" + ageSeconds % HOUR / MINUTE + "m"
        : ageSeconds / DAY + "d" + ageSeconds % DAY / HOUR + "h";
  }

  private String memory() {
    return memoryBytes < MEGABYTE ? memoryBytes / 1024 + " kB" : memoryBytes / MEGABYTE + " MB";
  }

  /** Adds the vitals as members. */
  void put(Json json) {
    json.put("command", command)
        .put("user", user)
        .put("ageSeconds", ageSeconds)
        .put("memoryBytes", memoryBytes);
    if (held != null) {
      json.openArray("holds");
      for (String each : held) {
        json.add(each);
      }
      json.closeArray();
    }
  }
}
