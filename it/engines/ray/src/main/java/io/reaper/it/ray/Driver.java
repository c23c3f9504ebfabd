package io.reaper.it.ray;

import io.ray.api.ActorHandle;
import io.ray.api.Ray;
import io.reaper.it.harness.Worker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The driver: has one actor, and has it do what it is told, line by line, until it is to end. */
public final class Driver {

  /** The process of Ray's own example. */
  static final String SLEEP = "SLEEP";

  /** Under this name it reports an exit status, and no process. */
  static final String STATUS = "status ";

  private Driver() {}

  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    Ray.init();
    ActorHandle<Spawner> actor = Ray.actor(Spawner::new, arguments[0]).remote();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); obeys(line); line = lines.readLine()) {
      switch (line) {
        case "spawn" -> actor.task(Spawner::spawn).remote().get();
        case "sleep" -> Worker.report(report, SLEEP, actor.task(Spawner::sleep).remote().get());
        case "status" ->
            System.out.println(STATUS + actor.task(Spawner::statusOf, 7).remote().get());
        case "kill itself" -> actor.task(Spawner::killItself).remote();
        case "kill" -> actor.kill();
        default -> throw new IllegalArgumentException(line);
      }
    }
    Ray.shutdown();
  }

  private static boolean obeys(String line) {
    return line != null && !line.equals("end");
  }
}
