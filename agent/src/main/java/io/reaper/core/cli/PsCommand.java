package io.reaper.core.cli;

import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.family.ProcFs;
import io.reaper.core.look.Worker;
import io.reaper.core.look.Workers;
import io.reaper.core.observe.Log;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "ps",
    description = {
      "List this user's workers that have the agent and have started a process.",
      "Example: java -jar reaper-agent.jar ps --json"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:done", "1:the directory of the ledgers is not safe to use"})
final class PsCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Option(names = "--json", description = "As a JSON array.")
  private boolean json;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.WARN);
    try {
      LedgerDirectory directory = place.open();
      List<Worker> workers =
          directory == null ? List.of() : new Workers(new ProcFs(), log).in(directory);
      System.out.print(json ? Workers.json(workers) : Workers.table(workers));
      return 0;
    } catch (IOException unsafe) {
      log.error("cannot use " + place + ": " + unsafe.getMessage());
      return 1;
    }
  }
}
