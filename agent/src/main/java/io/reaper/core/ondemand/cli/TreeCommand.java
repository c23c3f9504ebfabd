package io.reaper.core.ondemand.cli;

import io.reaper.core.look.PsAndTree;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "tree",
    description = {
      "Show a worker's processes, and what would become of each at the worker's end, and why.",
      "killed: dies with the worker; kept: may outlive it; escapes: no mode covers it.",
      "Example: java -jar reaper-agent.jar tree 4711"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:done",
      "1:there is no such worker of this user, or the ledgers are not safe to use",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class TreeCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Parameters(index = "0", paramLabel = "PID", description = "The worker.")
  private int pid;

  @Option(
      names = "--resources",
      description = "With the ports that each listens at, and the GPUs that it holds.")
  private boolean resources;

  @Option(names = "--json", description = "As a JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    return new PsAndTree(place.places(), place.posix()).tree(pid, json, resources);
  }
}
