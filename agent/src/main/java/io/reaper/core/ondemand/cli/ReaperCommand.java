package io.reaper.core.ondemand.cli;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.options.Help;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code java -jar reaper-agent.jar}: the commands, and what is said of them all. */
@Command(
    name = "reaper-agent",
    description = "No JVM worker leaks a process.",
    mixinStandardHelpOptions = true,
    versionProvider = ReaperCommand.Version.class,
    subcommands = {
      AttachCommand.class,
      PsCommand.class,
      TreeCommand.class,
      RunCommand.class,
      SweepCommand.class,
      DoctorCommand.class,
      ReportCommand.class,
      ReaperCommand.AgentOptions.class,
      ReaperCommand.PrintVersion.class,
      ReaperCommand.Completion.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:could not be done, with one line on stderr that says why",
      "2:wrong arguments"
    })
public final class ReaperCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Answers the exit status. */
  public static int execute(String[] arguments) {
    CommandLine all = new CommandLine(new ReaperCommand());
    // What follows the command's name is the command's own.
    all.getSubcommands().get("run").setStopAtPositional(true);
    return all.execute(arguments);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(System.out);
    return 0;
  }

  @Command(
      name = "version",
      description = {
        "Print the version of the agent, of the JVM and of the kernel.",
        "Example: java -jar reaper-agent.jar version"
      },
      mixinStandardHelpOptions = true)
  static final class PrintVersion implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      spec.root().commandLine().printVersionHelp(System.out);
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
      mixinStandardHelpOptions = true)
  static final class Completion implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      CommandLine all = spec.root().commandLine();
      System.out.println(AutoComplete.bash(all.getCommandName(), all));
      return 0;
    }
  }

  @Command(
      name = "options",
      description = {
        "Print the options of -javaagent.",
        "Example: java -jar reaper-agent.jar options"
      },
      mixinStandardHelpOptions = true)
  static final class AgentOptions implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.print(Help.text());
      return 0;
    }
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = AgentClassLoader.class.getPackage().getImplementationVersion();
      return new String[] {
        "reaper-agent " + version,
        "JVM ${java.vm.name} ${java.runtime.version}",
        "${os.name} ${os.version} ${os.arch}"
      };
    }
  }
}
