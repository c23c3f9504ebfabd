package io.reaper.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Docs;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What recipes.md tells users to write is accepted by the programs that it is for, and works. */
class RecipesIT {
  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>io.reaper.recipe</groupId>
        <artifactId>leaky</artifactId>
        <version>1</version>
        <properties>
          <maven.compiler.release>17</maven.compiler.release>
          <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
        </properties>
        <dependencies>
          <dependency>
            <groupId>org.junit.jupiter</groupId>
            <artifactId>junit-jupiter</artifactId>
            <version>JUNIT</version>
            <scope>test</scope>
          </dependency>
        </dependencies>
        <build><plugins>
          <plugin><artifactId>maven-resources-plugin</artifactId><version>3.5.0</version></plugin>
          <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
          SUREFIRE
        </plugins></build>
      </project>
      """;

  private static final String TEST =
      """
      class LeakyTest {
        @org.junit.jupiter.api.Test
        void starts() throws Exception {
          new ProcessBuilder("sleep", "600").start()END;
        }
      }
      """;

  @Test
  void systemdAcceptsTheUnit() throws IOException {
    assumeThat(Machine.allows("systemd-analyze", "--version")).as("systemd is here").isTrue();
    Jdk jdk = Jdk.tested().get(0);
    Launch launch = Launch.on(jdk);
    Path unit = launch.dir().resolve("worker.service");
    String text =
        Docs.recipe("systemd", "[Service]").replace("/usr/bin/java", jdk.java().toString());
    Files.writeString(unit, text + "\n");
    List<String> verify = List.of("verify", unit.toString());
    try (Worker systemd = launch.start(Path.of("systemd-analyze"), verify)) {
      assertThat(systemd.waitFor(60)).as(systemd.stderr()).isZero();
      assertThat(systemd.stderr()).isEmpty();
    }
  }

  @NeedsAgent
  @Tag("slow")
  @Test
  void surefireFailsTheBuildOfATestThatLeaksAndItsLineIsNamed() throws IOException {
    assumeThat(Machine.allows("mvn", "--version")).as("mvn is here").isTrue();
    try (Worker tidy = build(".waitFor(1, java.util.concurrent.TimeUnit.MILLISECONDS)", "true")) {
      assumeThat(tidy.waitFor(300)).as("a build works offline: %s", tidy.stdout()).isZero();
    }
    try (Worker leaky = build("", "600")) {
      assertThat(leaky.waitFor(300)).isEqualTo(1);
      assertThat(leaky.stdout() + leaky.stderr())
          .contains("killed 1 process: sleep", "LeakyTest.starts(LeakyTest.java:4)");
    }
  }

  private static Worker build(String end, String seconds) throws IOException {
    Launch launch = Launch.on(Jdk.tested().get(0));
    Path tests = Files.createDirectories(launch.dir().resolve("src/test/java"));
    String test = TEST.replace("END", end).replace("600", seconds);
    Files.writeString(tests.resolve("LeakyTest.java"), test);
    String surefire = Docs.recipe("Surefire and Gradle", "maven-surefire-plugin");
    surefire = surefire.replace("</artifactId>", "</artifactId><version>3.6.1</version>");
    Files.writeString(
        launch.dir().resolve("pom.xml"),
        POM.replace("SUREFIRE", surefire).replace("JUNIT", junit()));
    List<String> options = new ArrayList<>(List.of("-B", "-ntp", "-o", "test"));
    String repository = System.getProperty("maven.repo.local");
    if (repository != null) {
      options.add("-Dmaven.repo.local=" + repository);
    }
    return launch.start(Path.of("mvn"), options);
  }

  private static String junit() {
    String jar = Test.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.replaceFirst(".*-(.*)\\.jar", "$1");
  }
}
