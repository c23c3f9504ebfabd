package io.reaper.it.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Docs;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A build of Gradle's whose test starts a process, and leaves it or waits for it. */
class GradleIT {

  private static final String BUILD =
      """
      apply plugin: 'java'
      def junit = fileTree(dir: 'JUNIT', include: '*.jar')
      configurations.findAll { it.name in ['testCompile', 'testImplementation'] }
          .each { dependencies.add(it.name, junit) }
      """;

  private static final String TEST =
      """
      public class LeakyTest {
        @org.junit.Test
        public void starts() throws Exception {
          new ProcessBuilder("sleep", "SECONDS").start()END;
        }
      }
      """;

  @BeforeAll
  static void gradleIsThere() {
    boolean isThere =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "gradle")));
    assumeThat(isThere).as("gradle is on the PATH").isTrue();
  }

  private static Worker build(String recipe, String seconds, String end) throws IOException {
    Jdk jdk = Jdk.forEngines().get(0);
    Launch launch = Launch.on(jdk).environment("JAVA_HOME", jdk.home().toString());
    Path tests = Files.createDirectories(launch.dir().resolve("src/test/java"));
    Files.writeString(
        tests.resolve("LeakyTest.java"), TEST.replace("SECONDS", seconds).replace("END", end));
    String junit = System.getProperty("reaper.it.junit4");
    Files.writeString(launch.dir().resolve("build.gradle"), BUILD.replace("JUNIT", junit) + recipe);
    Files.createFile(launch.dir().resolve("settings.gradle"));
    List<String> options =
        List.of("--offline", "--no-daemon", "-g", launch.dir().resolve("home").toString(), "test");
    return launch.start(Path.of("gradle"), options);
  }

  @Test
  void testThatLeaksFailsTheBuildAndItsLineIsNamed() throws IOException {
    assumeThat(Launch.agentIsOff()).isFalse();
    try (Worker build = build(Docs.recipe("Surefire and Gradle", "jvmArgs"), "600", "")) {
      assertThat(build.waitFor(300)).isEqualTo(1);
      assertThat(build.stdout() + build.stderr())
          .contains(
              "killed 1 process: sleep",
              "LeakyTest.starts(LeakyTest.java:4)",
              "finished with non-zero exit value 70");
    }
  }

  @Test
  void testThatWaitsForItsProcessDoesNot() throws IOException {
    assumeThat(Launch.agentIsOff()).isFalse();
    try (Worker build = build(Docs.recipe("Surefire and Gradle", "jvmArgs"), "0", ".waitFor()")) {
      assertThat(build.waitFor(300)).as(build.stdout() + build.stderr()).isZero();
    }
  }

  @Test
  void withoutTheAgentNothingIsNoticed() throws IOException {
    try (Worker build = build("", "600", "")) {
      assertThat(build.waitFor(300)).as(build.stdout() + build.stderr()).isZero();
    }
  }
}
