package io.reaper.core.ondemand.cli;

import io.reaper.core.look.Doctor;
import io.reaper.core.look.Output;
import io.reaper.core.posix.NativeAccess;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "doctor",
    description = {
      "Try out what this machine and this JDK offer, and say which mode gives which guarantee here.",
      "Run it as the workers' user, with the workers' JDK, PATH and container.",
      "Example: java -jar reaper-agent.jar doctor"
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = ExitStatus.HEADING,
    exitCodeList = {
      "0:every mode is available, and holds in a crash",
      "1:one is not, or does not; the tables say why",
      ExitStatus.WRONG_ARGUMENT,
      ExitStatus.NOT_WRITTEN
    })
final class DoctorCommand implements Callable<Integer> {
  @Mixin private Place place;

  @Option(names = "--json", description = "As a JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    String path = System.getenv().getOrDefault("PATH", "");
    Doctor doctor = new Doctor(place.file(), new NativeAccess(null, place.file()), path);
    int written = json ? Output.json(doctor.json()) : Output.text(doctor.text());
    return written != 0 || doctor.isWell() ? written : 1;
  }
}
