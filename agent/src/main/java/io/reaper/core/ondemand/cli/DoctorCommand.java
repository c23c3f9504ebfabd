package io.reaper.core.ondemand.cli;

import io.reaper.core.look.Doctor;
import io.reaper.core.look.LedgerPlaces;
import io.reaper.core.look.Output;
import io.reaper.core.look.WorkerDoctor;
import io.reaper.core.observe.Log;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.NativeAccess;
import java.io.File;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "doctor",
    description = {
      "Try out what this machine and this JDK offer, and say which mode gives which guarantee here.",
      "Run it as the workers' user, with the workers' JDK, PATH and container.",
      "With options it asks whether just the modes of these hold here, as a readiness probe does;"
          + " with a PID whether that worker is in its modes, and watched over.",
      "Example: java -jar reaper-agent.jar doctor subreaper=true,process-group=true"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:every mode, or each that is asked for, holds at an orderly end and in a crash",
      "1:one does not, and the tables say why; or there is no such worker",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class DoctorCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PID|key=value,...",
      description = "A worker, or options as after -javaagent:reaper-agent.jar=.")
  private String subject;

  @Option(names = "--json", description = "As a JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    Log log = Log.toStderr(Log.Level.WARN);
    if (subject != null && subject.matches("[1-9][0-9]{0,8}")) {
      LedgerPlaces places = place.places();
      WorkerDoctor doctor = WorkerDoctor.of(Integer.parseInt(subject), places, place.posix(), log);
      return doctor == null
          ? 1
          : status(json ? Output.json(doctor.json()) : Output.text(doctor.text()), doctor.isWell());
    }
    try {
      Options asked =
          subject == null ? null : Options.parse(subject, new Properties(), System.getenv());
      File dir = asked == null || asked.dir() == null ? place.file() : asked.dir().toFile();
      String path = System.getenv().getOrDefault("PATH", "");
      Doctor doctor = new Doctor(dir, new NativeAccess(null, dir), path);
      if (asked != null) {
        doctor.narrowTo(asked);
      }
      return status(
          json ? Output.json(doctor.json()) : Output.text(doctor.text()), doctor.isWell());
    } catch (OptionException wrong) {
      log.error(wrong.getMessage());
      return 2;
    }
  }

  private static int status(int written, boolean well) {
    return written != 0 || well ? written : 1;
  }
}
