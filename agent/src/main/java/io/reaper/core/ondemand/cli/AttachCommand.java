package io.reaper.core.ondemand.cli;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Printable;
import io.reaper.core.ondemand.attach.Attachment;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcFs;
import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "attach",
    description = {
      "Load the agent into a JVM that runs already, or change the options of the one that is there.",
      "Children that it already has are taken up. What is not available so late is said.",
      "Options that are not named stay as they are; each that changes is told with both values.",
      "Example: java -jar reaper-agent.jar attach 4711 subreaper=true,grace=5s"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:the agent is there",
      "1:it is not, or not all that was asked for is available; a line on stderr says why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class AttachCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "PID", description = "The JVM.")
  private int pid;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "key=value,...",
      description = "As after -javaagent:reaper-agent.jar=.")
  private String options;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.WARN);
    try {
      Options.parse(options, new Properties(), Map.of());
    } catch (OptionException wrong) {
      log.error(wrong.getMessage());
      return 2;
    }
    return send(pid, options, log);
  }

  /** Has the agent in that JVM do that; returns the exit status. */
  static int send(int pid, String what, Log log) {
    ProcFs proc = new ProcFs();
    String distrust = proc.numberSpace().whyNotToTrust("nothing is attached");
    if (distrust != null) {
      log.error(distrust);
      return 1;
    }
    AgentClassLoader loader = (AgentClassLoader) AttachCommand.class.getClassLoader();
    try {
      Attachment.Answer answer =
          new Attachment(proc, loader.jar().getAbsoluteFile(), pid, what).attach();
      int written = Output.text(shown(answer.said()));
      if (answer.missing().isEmpty()) {
        return written;
      }
      log.error(answer.missing());
      return 1;
    } catch (IOException refused) {
      log.error(refused.getMessage());
      return 1;
    }
  }

  /**
   * Returns what was said, fit to be shown. It is not split by {@link String#lines}, for which a CR
   * ends a line, too: that JVM could begin one.
   */
  private static String shown(String said) {
    StringBuilder shown = new StringBuilder();
    for (String line : said.isEmpty() ? new String[0] : said.split("\n")) {
      shown.append(Printable.of(line)).append('\n');
    }
    return shown.toString();
  }
}
