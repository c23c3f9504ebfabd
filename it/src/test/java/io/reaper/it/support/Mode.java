package io.reaper.it.support;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.scenario.Shape;
import io.reaper.it.scenario.Shapes;

/** What the agent is told to kill, and the truth about what that covers. */
public enum Mode {
  WATCH_ONLY("children=false"),
  CHILDREN("children=true"),
  PROCESS_GROUP("process-group=true"),
  SUBREAPER("subreaper=true"),
  KEEP("subreaper=true,keep=" + Shapes.KEPT_NAME),
  CGROUP("cgroup=true"),
  SUBREAPER_AND_PROCESS_GROUP("subreaper=true,process-group=true"),
  SUBREAPER_AND_CGROUP("subreaper=true,cgroup=true"),
  PROCESS_GROUP_AND_CGROUP("process-group=true,cgroup=true"),
  /** No agent in the worker, but the supervisor above it. */
  RUN(null);

  private final String arguments;

  Mode(String arguments) {
    this.arguments = arguments;
  }

  /** Puts the worker into this mode; its ledger is kept in the worker's own directory. */
  public void prepare(Launch launch, Jdk jdk, String grace, String log) {
    if (this != RUN) {
      String dir = Traces.ledgers(launch.dir()).toString();
      launch.agent(arguments + ",grace=" + grace + ",log=" + log + ",dir=" + dir);
    } else if (!Launch.agentIsOff()) {
      launch.under(jdk.java().toString(), "-jar", Launch.agentJar().toString());
      launch.under("run", "--grace", grace, "--");
    }
  }

  /** The agent's arguments for it. */
  public String arguments() {
    return arguments;
  }

  public boolean isSubreaper() {
    return arguments != null && arguments.contains("subreaper=true");
  }

  public boolean isCgroup() {
    return arguments != null && arguments.contains("cgroup=true");
  }

  public boolean kills(Shape shape) {
    return !keeps(shape)
        && switch (this) {
          case WATCH_ONLY -> false;
          case CHILDREN -> shape.isDirect();
          case PROCESS_GROUP -> shape.isDirect() || shape.isInGroup();
          case SUBREAPER, KEEP, CGROUP, RUN -> true;
          case SUBREAPER_AND_PROCESS_GROUP, SUBREAPER_AND_CGROUP, PROCESS_GROUP_AND_CGROUP -> true;
        };
  }

  private boolean keeps(Shape shape) {
    return switch (shape) {
      case KEPT_BY_ENVIRONMENT, KEPT_DESCENDANT -> true;
      case KEPT_BY_NAME, KEPT_BY_NAME_GRANDCHILD -> this == KEEP;
      default -> false;
    };
  }
}
