package io.reaper.it.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.reaper.it.harness.Docs;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A page of a Tomcat starts processes, and the server is stopped or killed. */
class TomcatIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SIGKILLED = 128 + 9;

  private String setenv;

  @BeforeEach
  void recipeIsThere() throws IOException {
    assumeThat(Launch.agentIsOff()).isFalse();
    setenv = Docs.recipe("Tomcat", "CATALINA_OPTS=");
  }

  private static Tomcat withLeaks(String setenv) throws IOException {
    Tomcat tomcat = new Tomcat(Jdk.forEngines().get(0), setenv);
    try {
      await().atMost(PATIENCE).until(tomcat::isStarted);
      tomcat.startProcessesBy(Leaks.SCRIPT);
      await().atMost(PATIENCE).until(() -> Leaks.areThere(tomcat.server()));
      return tomcat;
    } catch (IOException | RuntimeException e) {
      tomcat.close();
      throw e;
    }
  }

  @Test
  void whatAPageHasStartedEndsWithTheServerThatIsStopped() throws IOException {
    try (Tomcat tomcat = withLeaks(setenv)) {
      assertThat(tomcat.stop()).isEmpty();
      assertThat(tomcat.server().waitFor(60)).isZero();
      assertThat(Leaks.of(tomcat.server())).noneMatch(Proc::isAlive);
      assertThat(tomcat.server().stderr())
          .contains("killed 2 processes: ", "started by org.apache.jsp.start_jsp");
    }
  }

  @Test
  void whatAPageHasStartedEndsWithTheServerThatIsKilled() throws IOException {
    try (Tomcat tomcat = withLeaks(setenv)) {
      tomcat.server().launched().kill();
      assertThat(tomcat.server().waitFor(60)).isEqualTo(SIGKILLED);
      await().atMost(PATIENCE).until(() -> Leaks.areGone(tomcat.server()));
    }
  }

  @Test
  void withoutTheAgentItLivesOn() throws IOException {
    try (Tomcat tomcat = withLeaks("")) {
      tomcat.stop();
      assertThat(tomcat.server().waitFor(60)).isZero();
      assertThat(Leaks.of(tomcat.server())).allMatch(Proc::isAlive);
    }
  }
}
