package io.reaper.it.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is set to guard the worker: nothing, the agent in one of its modes, or {@code run}. */
enum Guard {
  NOTHING("without the agent", null),
  CHILDREN("agent, as it comes", ""),
  PROCESS_GROUP("process-group=true", "process-group=true"),
  SUBREAPER("subreaper=true", "subreaper=true"),
  CGROUP("cgroup=true", "cgroup=true"),
  RUN("run -- java …", null);

  private static final String GRACE = "grace=500ms";

  final String title;
  private final String arguments;

  Guard(String title, String arguments) {
    this.title = title;
    this.arguments = arguments;
  }

  /** The command line of a worker so guarded. */
  List<String> command(Path java, Path agent, List<String> worker) {
    List<String> command = new ArrayList<>(List.of(java.toString()));
    if (this == RUN) {
      command.addAll(List.of("-jar", agent.toString(), "run", "--grace", "500ms", "--"));
      command.add(java.toString());
    } else if (arguments != null) {
      String all = arguments.isEmpty() ? GRACE : arguments + "," + GRACE;
      command.add("-javaagent:" + agent + "=" + all);
    }
    command.addAll(worker);
    return command;
  }
}
