package io.reaper.core.ondemand.cli;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.sentinel.Sweeper;
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
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:done", "1:the directory of the ledgers, or /proc, is not safe to use"})
final class SweepCommand implements Callable<Integer> {
  @Mixin private Place where;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.INFO);
    ProcFs proc = new ProcFs();
    String distrust = proc.whyNotToTrustNumbers("nothing is swept");
    if (distrust != null) {
      log.error(distrust);
      return 1;
    }
    int status = 0;
    for (File place : where.files()) {
      status |= sweep(place, proc, log);
    }
    return status;
  }

  private static int sweep(File place, ProcFs proc, Log log) {
    if (!place.exists()) {
      System.out.println(
          "no worker of this user has ever kept a ledger in " + Printable.of(place.getPath()));
      return 0;
    }
    try {
      LazyPosix posix = new LazyPosix(new NativeAccess(null, place), log);
      int dead = new Sweeper(proc, posix, proc.self(), log).sweepAll(LedgerDirectory.open(place));
      System.out.println(
          "swept up after "
              + dead
              + (dead == 1 ? " dead worker in " : " dead workers in ")
              + Printable.of(place.getPath()));
      return 0;
    } catch (IOException unsafe) {
      log.error("cannot use " + place + ": " + unsafe.getMessage());
      return 1;
    }
  }
}
