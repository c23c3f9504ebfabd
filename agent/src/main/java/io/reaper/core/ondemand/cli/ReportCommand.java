package io.reaper.core.ondemand.cli;

import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.ondemand.report.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = {
      "Make a page of flight recordings and kill logs: who started what, how long it lived, how it"
          + " ended.",
      "Leaks come first. The page is one file that needs no network. After a crash the kill log"
          + " holds what a recording has missed: name both.",
      "Example: java -jar reaper-agent.jar report recording.jfr kills.json -o out.html"
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
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "A .jfr file, or what kill-log= names.")
  private List<Path> files;

  @Option(
      names = "--worker",
      paramLabel = "PID",
      description = "The one worker of a kill log; if not given, all that are in it.")
  private int worker;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PAGE",
      description = "The page; if not given, the first file's name with .html.")
  private Path page;

  @Override
  public Integer call() {
    Path first = files.get(0);
    String name = first.getFileName().toString();
    Path out =
        page == null
            ? first.resolveSibling(name.replaceFirst("\\.(jfr|json)$", "") + ".html")
            : page;
    String source = files.stream().map(Path::toString).collect(Collectors.joining(" and "));
    try {
      Workers.of(files, worker).write(out, name);
      return Output.text("wrote " + Printable.of(out.toString()) + "\n");
    } catch (IOException refused) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot make " + out + " of " + source + ": " + refused.getMessage());
      return 1;
    } catch (LinkageError none) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot read recordings: this JDK has no module jdk.jfr (" + none + ")");
      return 1;
    }
  }
}
