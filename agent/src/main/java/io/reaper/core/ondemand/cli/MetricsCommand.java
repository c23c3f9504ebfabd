package io.reaper.core.ondemand.cli;

import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.metrics.KillMetrics;
import io.reaper.core.posix.RegularFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "metrics",
    description = {
      "Count the lines of a kill log, for the textfile collector of Prometheus' node exporter.",
      "Example: java -jar reaper-agent.jar metrics --kill-log kills.json --out reaper.prom"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:the metrics are written",
      "1:they are not; a line on stderr says why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class MetricsCommand implements Callable<Integer> {
  @Option(
      names = "--kill-log",
      required = true,
      paramLabel = "FILE",
      description = "What kill-log= names; may be given several times.")
  private List<Path> killLogs;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the metrics go, in place of those there at once; else to stdout.")
  private Path out;

  @Override
  public Integer call() {
    KillMetrics metrics = new KillMetrics();
    for (Path killLog : killLogs) {
      try {
        metrics.read(killLog.toFile());
      } catch (IOException refused) {
        return refuse("read " + killLog, refused);
      }
    }
    if (out == null) {
      return Output.json(metrics.text());
    }
    // The collector reads *.prom alone, at any moment: it must see the old file or the new one.
    Path unfinished = out.resolveSibling(out.getFileName() + ".new");
    try {
      try (OutputStream to = RegularFile.replace(unfinished.toFile())) {
        to.write(metrics.text().getBytes(StandardCharsets.UTF_8));
      }
      Files.move(
          unfinished, out, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return 0;
    } catch (IOException refused) {
      return refuse("write " + out, refused);
    }
  }

  private static int refuse(String what, IOException refused) {
    Log.toStderr(Log.Level.ERROR).error("cannot " + what + ": " + refused.getMessage());
    return 1;
  }
}
