package io.reaper.core.ondemand.cli;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.Sweeper;
import io.reaper.core.sentinel.Sweeps;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "sweep",
    description = {
      "End what workers have left behind that died together with their sentinels.",
      "Example: java -jar reaper-agent.jar sweep"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:done",
      "1:the directory of the ledgers, or /proc, is not safe to use",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class SweepCommand implements Callable<Integer> {
  @Mixin private Place where;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.INFO);
    ProcFs proc = new ProcFs();
    String distrust = proc.numberSpace().whyNotToTrust("nothing is swept");
    if (distrust != null) {
      log.error(distrust);
      return 1;
    }
    int status = 0;
    StringBuilder said = new StringBuilder();
    for (File place : where.files()) {
      try {
        said.append(sweep(place, proc, log)).append(Printable.of(place.getPath())).append('\n');
      } catch (IOException unsafe) {
        log.error("cannot use " + place + ": " + unsafe.getMessage());
        status = 1;
      }
    }
    int written = Output.text(said.toString());
    return written != 0 ? written : status;
  }

  /** Returns what was done, in words that the place follows. */
  private static String sweep(File place, ProcFs proc, Log log) throws IOException {
    if (!place.exists()) {
      return "no worker of this user has ever kept a ledger in ";
    }
    LazyPosix posix = new LazyPosix(new NativeAccess(null, place), log);
    Sweeper sweeper = new Sweeper(proc, posix, proc.self(), log);
    int dead = new Sweeps(sweeper, proc, log).sweepAll(LedgerDirectory.open(place));
    return "swept up after " + dead + (dead == 1 ? " dead worker in " : " dead workers in ");
  }
}
