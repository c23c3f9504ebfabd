package io.reaper.core.ondemand.cli;

import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.ondemand.report.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = {
      "Make a page of a flight recording: who started what, how long it lived, how it ended.",
      "Leaks come first. The page is one file that needs no network.",
      "Example: java -jar reaper-agent.jar report recording.jfr -o out.html"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:the page is written",
      "1:it is not; a line on stderr says why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "RECORDING", description = "A .jfr file.")
  private Path recording;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PAGE",
      description = "The page; if not given, the recording's name with .html.")
  private Path page;

  @Override
  public Integer call() {
    String name = recording.getFileName().toString();
    Path out =
        page == null ? recording.resolveSibling(name.replaceFirst("\\.jfr$", "") + ".html") : page;
    try {
      new Recording(recording).writeTo(out);
      return Output.text("wrote " + Printable.of(out.toString()) + "\n");
    } catch (IOException refused) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot make " + out + " of " + recording + ": " + refused.getMessage());
      return 1;
    } catch (LinkageError none) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot read recordings: this JDK has no module jdk.jfr (" + none + ")");
      return 1;
    }
  }
}
