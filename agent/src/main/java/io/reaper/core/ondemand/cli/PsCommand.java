package io.reaper.core.ondemand.cli;

import io.reaper.core.look.PsAndTree;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "ps",
    description = {
      "List this user's workers: those with a ledger, and JVMs started with the agent that have none"
          + " yet.",
      "Example: java -jar reaper-agent.jar ps --json"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:done",
      "1:the directory of the ledgers, or /proc, is not safe to use",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class PsCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Option(
      names = {"-A", "--all"},
      description = "Those of every user, as far as this user may look: root sees them all.")
  private boolean everybodys;

  @Option(names = "--json", description = "As a JSON array.")
  private boolean json;

  @Override
  public Integer call() {
    return new PsAndTree(place.places(), place.posix()).ps(json, everybodys);
  }
}
