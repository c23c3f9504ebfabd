package io.reaper.core.proc;

import java.util.List;

/** Processes as a test draws them: started at ten times their number. */
public final class Processes {
  private Processes() {}

  /** One that sleeps, in group and session 1. */
  public static ProcessInfo process(int pid, int parent) {
    return process(pid, parent, 1, 1);
  }

  /** One that sleeps. */
  public static ProcessInfo process(int pid, int parent, int group, int session) {
    return new ProcessInfo(id(pid), 'S', parent, group, session, "sleep");
  }

  /** The same in another state. */
  public static ProcessInfo in(char state, ProcessInfo process) {
    return new ProcessInfo(
        process.id(), state, process.parent(), process.group(), process.session(), process.name());
  }

  /** The same with another name. */
  public static ProcessInfo named(String name, ProcessInfo process) {
    return new ProcessInfo(
        process.id(), process.state(), process.parent(), process.group(), process.session(), name);
  }

  /** The name of that process. */
  public static ProcessId id(int pid) {
    return new ProcessId(pid, 10L * pid);
  }

  /** All that there are. */
  public static Snapshot all(ProcessInfo... processes) {
    return new Snapshot(List.of(processes));
  }
}
