package io.reaper.core.ondemand.cli;

import io.reaper.core.family.KeptProcesses;
import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.run.Supervisor;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.proc.ProcFs;
import java.io.IOException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "run",
    description = {
      "Run a command; when it ends, for whatever reason, kill all that is left of it.",
      "If this is killed itself, its sentinel ends the command and all that is left of it.",
      "Signals are passed on to the command.",
      "Example: java -jar reaper-agent.jar run --grace 5s ./job.sh --its-own-option"
    },
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Supervisor.FAILED,
    exitCodeOnExecutionException = Supervisor.FAILED,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0-255:the command's",
      "128+n:the command was ended by signal n",
      "125:a wrong argument, or the command could not be supervised",
      "126:the command is not executable",
      "127:there is no such command"
    })
final class RunCommand implements Callable<Integer> {

  @Option(
      names = "--signal",
      defaultValue = "TERM",
      description = "The polite signal (${DEFAULT-VALUE}).")
  private String signal;

  @Option(
      names = "--grace",
      defaultValue = "2s",
      description =
          "How long to wait before SIGKILL, such as 500ms; 0: SIGKILL at once (${DEFAULT-VALUE}).")
  private String grace;

  @Option(
      names = "--keep",
      defaultValue = "",
      description = "Executables that may live on, ':' between them.")
  private String keep;

  @Option(
      names = "--log",
      defaultValue = "warn",
      description = "How much to say (${DEFAULT-VALUE}).")
  private String log;

  @Option(
      names = "--kill-log",
      defaultValue = "",
      paramLabel = "FILE",
      description = "A file to append a line of JSON to for each process that is killed.")
  private String killLog;

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The command and its arguments: all from the first word that is no option.")
  private List<String> command;

  @Override
  public Integer call() throws OptionException {
    Properties given = new Properties();
    given.setProperty("reaper.subreaper", "true");
    given.setProperty("reaper.signal", signal);
    given.setProperty("reaper.grace", grace);
    given.setProperty("reaper.keep", keep);
    given.setProperty("reaper.log", log);
    given.setProperty("reaper.kill-log", killLog);
    Options options;
    try {
      // Only REAPER_KEEP, which everything below would inherit: the other variables are not for
      // this command.
      options = Options.parse(null, given, new OwnProc().environment(KeptProcesses.MARK));
      if (options.killLog() != null) {
        RegularFile.append(options.killLog().toFile()).close();
      }
    } catch (OptionException wrong) {
      Log.toStderr(Log.Level.ERROR).error(wrong.getMessage().replace("-Dreaper.", "--"));
      return Supervisor.FAILED;
    } catch (IOException refused) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot write --kill-log " + killLog + ": " + refused.getMessage());
      return Supervisor.FAILED;
    }
    Log to = options.logDestination().open("the options");
    ProcFs proc = new ProcFs();
    LazyPosix posix = new LazyPosix(new NativeAccess(null, options.place(System.getenv())), to);
    if (!options.keepMarked()) {
      to.warn(
          KeptProcesses.MARK
              + " is in this command's own environment, where every process inherits it: it keeps"
              + " no process; give it to the process that is to live on, or name that one with --keep");
    }
    return new Supervisor(proc, posix, options, to).run(command);
  }
}
