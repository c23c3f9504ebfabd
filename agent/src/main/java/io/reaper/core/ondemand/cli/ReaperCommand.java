package io.reaper.core.ondemand.cli;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.look.Output;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Help;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs {@code java -jar reaper-agent.jar}: the commands, and what is said of them all. */
@Command(
    name = ReaperCommand.NAME,
    description = "No JVM worker leaks a process.",
    mixinStandardHelpOptions = true,
    versionProvider = ReaperCommand.Version.class,
    subcommands = {
      AttachCommand.class,
      DetachCommand.class,
      PsCommand.class,
      TreeCommand.class,
      RunCommand.class,
      SweepCommand.class,
      DoctorCommand.class,
      ReportCommand.class,
      MetricsCommand.class,
      ReaperCommand.AgentOptions.class,
      ReaperCommand.PrintVersion.class,
      ReaperCommand.Completion.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:done",
      "1:could not be done, with one line on stderr that says why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
public final class ReaperCommand implements Callable<Integer> {
  static final String NAME = "reaper-agent";

  @Spec private CommandSpec spec;

  /** Runs the command, and returns the exit status. */
  public static int execute(String[] arguments) {
    CommandLine all = new CommandLine(new ReaperCommand());
    // What follows the command's name is the command's own.
    all.getSubcommands().get("run").setStopAtPositional(true);
    StringWriter printed = new StringWriter();
    all.setOut(new PrintWriter(printed));
    all.setParameterExceptionHandler(ReaperCommand::refuse);
    all.setExecutionExceptionHandler(
        (unexpected, command, parsed) -> {
          fail(unexpected);
          return command.getCommandSpec().exitCodeOnExecutionException();
        });
    int status = all.execute(arguments);
    int written = printed.getBuffer().length() == 0 ? 0 : Output.text(printed.toString());
    return written == 0 ? status : written;
  }

  /**
   * Says in one line, as for all else that goes wrong, what argument is wrong: usage is for those
   * who ask for it.
   */
  private static int refuse(ParameterException wrong, String[] arguments) {
    CommandSpec command = wrong.getCommandLine().getCommandSpec();
    String hint = "";
    if (wrong instanceof UnmatchedArgumentException) {
      List<String> near = ((UnmatchedArgumentException) wrong).getSuggestions();
      hint = near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
    }
    Log.toStderr(Log.Level.ERROR)
        .error(
            wrong.getMessage()
                + hint
                + "; see java -jar reaper-agent.jar"
                + command.qualifiedName().substring(NAME.length())
                + " --help");
    return command.exitCodeOnInvalidInput();
  }

  /** Says in one line what was not foreseen. Returns the exit status. */
  public static int fail(Exception unexpected) {
    StackTraceElement[] stack = unexpected.getStackTrace();
    Log.toStderr(Log.Level.ERROR)
        .error("unexpected: " + unexpected + (stack.length == 0 ? "" : " at " + stack[0]));
    return 1;
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "No command is given");
  }

  @Command(
      name = "version",
      description = {
        "Print the version of the agent, of the JVM and of the kernel.",
        "Example: java -jar reaper-agent.jar version"
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = ExitStatus.HEADING,
      exitCodeList = {"0:done", ExitStatus.WRONG_ARGUMENT, ExitStatus.NOT_WRITTEN})
  static final class PrintVersion implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      CommandLine all = spec.root().commandLine();
      all.printVersionHelp(all.getOut());
      return 0;
    }
  }

  @Command(
      name = "completion",
      description = {
        "Print a script that completes these commands in bash and zsh.",
        "Example: alias reaper-agent='java -jar /opt/reaper-agent.jar';"
            + " source <(reaper-agent completion)"
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = ExitStatus.HEADING,
      exitCodeList = {"0:done", ExitStatus.WRONG_ARGUMENT, ExitStatus.NOT_WRITTEN})
  static final class Completion implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      CommandLine all = spec.root().commandLine();
      all.getOut().println(AutoComplete.bash(all.getCommandName(), all));
      return 0;
    }
  }

  @Command(
      name = "options",
      description = {
        "Print the options of -javaagent.",
        "Example: java -jar reaper-agent.jar options"
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = ExitStatus.HEADING,
      exitCodeList = {"0:done", ExitStatus.WRONG_ARGUMENT, ExitStatus.NOT_WRITTEN})
  static final class AgentOptions implements Callable<Integer> {
    @Override
    public Integer call() {
      return Output.text(Help.text());
    }
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      AgentClassLoader loader = (AgentClassLoader) ReaperCommand.class.getClassLoader();
      return new String[] {
        "reaper-agent " + loader.version(),
        "JVM ${java.vm.name} ${java.runtime.version}",
        "${os.name} ${os.version} ${os.arch}"
      };
    }
  }
}
