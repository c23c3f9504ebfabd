package io.reaper.core.cli;

import io.reaper.core.family.LedgerDirectory;
import io.reaper.core.family.ProcFs;
import io.reaper.core.look.Tree;
import io.reaper.core.look.Worker;
import io.reaper.core.look.Workers;
import io.reaper.core.observe.Log;
import java.io.IOException;
import java.nio.charset.Charset;
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
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:there is no such worker of this user, or the ledgers are not safe to use"
    })
final class TreeCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Parameters(index = "0", paramLabel = "PID", description = "The worker.")
  private int pid;

  @Option(names = "--json", description = "As a JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.WARN);
    ProcFs proc = new ProcFs();
    try {
      LedgerDirectory directory = place.open();
      Worker worker = directory == null ? null : new Workers(proc, log).find(directory, pid);
      if (worker == null) {
        log.error(
            (proc.user(pid) < 0 ? "there is no process " + pid : pid + " has no ledger in " + place)
                + "; ps lists the workers that have the agent and have started a process");
        return 1;
      }
      Tree tree = new Tree(worker, proc, log);
      boolean colours = proc.writesToTerminal() && System.getenv("NO_COLOR") == null;
      boolean lines = "UTF-8".equals(nativeEncoding());
      System.out.print(json ? tree.json() : tree.text(colours, lines));
      return 0;
    } catch (IOException unsafe) {
      log.error("cannot use " + place + ": " + unsafe.getMessage());
      return 1;
    }
  }

  /** The locale's, whatever file.encoding says (JEP 400). */
  private static String nativeEncoding() {
    return System.getProperty("native.encoding", Charset.defaultCharset().name());
  }
}
