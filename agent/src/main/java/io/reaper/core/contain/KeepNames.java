package io.reaper.core.contain;

import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The names and paths that {@code keep} was given, and which processes they mean. */
final class KeepNames {
  /** What a process may be called, and the entry that means it. */
  private final Map<String, String> entries = new HashMap<>();

  private final ProcFs proc;

  KeepNames(Set<String> names, ProcFs proc) {
    this.proc = proc;
    for (String name : names) {
      entries.put(name, name);
      if (name.startsWith("/")) {
        // The kernel names a file by its own path, whatever links lead to it (/usr/bin/python3).
        entries.putIfAbsent(real(name), name);
      }
    }
  }

  boolean areNone() {
    return entries.isEmpty();
  }

  private static String real(String path) {
    try {
      return Path.of(path).toRealPath().toString();
    } catch (IOException | IllegalArgumentException absent) {
      return path;
    }
  }

  /**
   * Returns the entry that means that process, or null: by its name, its executable, the word that
   * it was started with, or the script that it runs.
   */
  String entryFor(ProcessInfo process) {
    if (areNone()) {
      return null;
    }
    String entry = entries.get(process.name());
    String executable = entry == null ? proc.details(process.pid()).executable() : null;
    if (executable != null) {
      entry = entryFor(executable);
    }
    return entry == null ? entryFor(process, executable) : entry;
  }

  private String entryFor(ProcessInfo process, String executable) {
    String[] command = proc.details(process.pid()).command();
    if (command.length == 0) {
      proc.details(process.pid()).countIfBetweenPrograms();
    }
    String entry = command.length == 0 ? null : entryFor(command[0]);
    if (entry != null) {
      return entry;
    }
    String base = executable == null ? null : Script.baseName(executable);
    String script = Script.of(command, base, process.name());
    if (script == null) {
      return null;
    }
    entry = entryFor(script);
    String directory =
        entry == null && !script.startsWith("/")
            ? proc.details(process.pid()).workingDirectory()
            : null;
    return directory == null ? entry : entryFor(normal(directory + "/" + script));
  }

  private static String normal(String path) {
    try {
      return Path.of(path).normalize().toString();
    } catch (IllegalArgumentException unlikePath) {
      return path;
    }
  }

  private String entryFor(String path) {
    String entry = entries.get(path);
    return entry == null ? entries.get(Script.baseName(path)) : entry;
  }
}
