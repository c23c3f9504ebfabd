package io.reaper.core.ondemand.cli;

import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.attach.Attachment;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "detach",
    description = {
      "Have the agent in a JVM leave it alone: no start is recorded, and its end kills nothing.",
      "It stays in the process group or cgroup that it was put in. attach switches the agent on"
          + " again, with the options of before.",
      "Example: java -jar reaper-agent.jar detach 4711"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:the worker is left alone",
      "1:it is not; a line on stderr says why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class DetachCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "PID", description = "The JVM.")
  private int pid;

  @Override
  public Integer call() {
    return AttachCommand.send(pid, Attachment.DETACH, Log.toStderr(Log.Level.WARN));
  }
}
