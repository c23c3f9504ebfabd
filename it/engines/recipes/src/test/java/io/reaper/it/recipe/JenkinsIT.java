package io.reaper.it.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.reaper.it.harness.Docs;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A build step on a build agent starts processes, and the agent is disconnected or killed. */
class JenkinsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Worker controller(String... options) {
    Launch launch = Launch.on(Jdk.forEngines().get(0));
    for (Class<?> type : List.of(Controller.class, hudson.remoting.Launcher.class)) {
      launch.classPath(Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath()));
    }
    Worker controller = launch.start(Controller.class, options);
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Leaks.areThere(controller)
                      && Stream.of("AGENT", BuildStep.KEPT)
                          .allMatch(name -> controller.reported(name).size() == 1));
      return controller;
    } catch (RuntimeException e) {
      String said = controller.stdout() + controller.stderr();
      controller.close();
      throw new IllegalStateException(said, e);
    }
  }

  /** The option in the recipe's command line. */
  private static String recipe() throws IOException {
    assumeThat(Launch.agentIsOff()).isFalse();
    return Stream.of(Docs.recipe("Jenkins", "-jar agent.jar").split(" "))
        .filter(word -> word.startsWith("-javaagent:"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatABuildLeavesBehindEndsWithTheAgentThatIsDisconnectedAndWhatIsKeptGoesOn()
      throws IOException {
    try (Worker controller = controller(recipe())) {
      controller.sayNothing();
      assertThat(controller.waitFor(60)).as(controller.stderr()).isZero();
      assertThat(controller.stdout()).contains(Controller.ENDED + 0);
      assertThat(Leaks.of(controller)).noneMatch(Proc::isAlive);
      assertThat(controller.reported(BuildStep.KEPT)).allMatch(Proc::isAlive);
      assertThat(controller.stderr())
          .contains("killed 2 processes: ", "io.reaper.it.recipe.BuildStep.call(BuildStep.java:");
    }
  }

  @Test
  void whatABuildLeavesBehindEndsWithTheAgentThatIsKilledAndWhatIsKeptGoesOn() throws IOException {
    try (Worker controller = controller(recipe())) {
      controller.reported("AGENT").get(0).kill();
      await().atMost(PATIENCE).until(() -> Leaks.areGone(controller));
      assertThat(controller.reported(BuildStep.KEPT)).allMatch(Proc::isAlive);
    }
  }

  @Test
  void withoutTheReaperItLivesOn() {
    try (Worker controller = controller()) {
      controller.sayNothing();
      assertThat(controller.waitFor(60)).as(controller.stderr()).isZero();
      assertThat(controller.stdout()).contains(Controller.ENDED + 0);
      assertThat(Leaks.of(controller)).allMatch(Proc::isAlive);
    }
  }
}
