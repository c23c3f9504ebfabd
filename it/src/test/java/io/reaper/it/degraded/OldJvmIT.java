package io.reaper.it.degraded;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.AgentJar;
import io.reaper.it.support.NeedsAgent;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JVM that is older than the agent's classes. Java 8 to 10 are not there to be tested: in their
 * stead the agent's classes are of a Java that no JVM has yet, but for those that are of Java 8,
 * which every JVM has.
 */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#all")
class OldJvmIT {
  private static final byte JAVA_8 = 52;
  private static final byte OF_NO_JVM = 120;

  private final Jdk jdk;

  @TempDir private static Path dir;

  private static Path jar;

  OldJvmIT(Jdk jdk) {
    this.jdk = jdk;
  }

  @BeforeAll
  static void makeTheJar() {
    if (!Launch.agentIsOff()) {
      jar = AgentJar.changed(dir.resolve("agent.jar"), OldJvmIT::withNoClassButThoseOfJava8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true", "strict=false,grace=0"})
  void workerGoesOnWithOneLine(String arguments) {
    try (Worker worker = start(Launch.on(jdk), arguments)) {
      assertThat(worker.waitFor(30)).as(worker.stderr()).isZero();
      assertThat(worker.stdout()).isEqualTo(Shell.READY);
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .startsWith("reaper-agent: ")
          .contains("needs Java 11 or later", "this is Java", "goes on without it");
    }
  }

  @Test
  void strictWorkerIsNotStarted() {
    Launch byVariable = Launch.on(jdk).environment("REAPER_STRICT", "true");
    Launch byProperty = Launch.on(jdk).jvm("-Dreaper.strict=true");
    for (Launch launch : List.of(byVariable, byProperty)) {
      expectRefusal(start(launch, ""));
    }
    expectRefusal(start(Launch.on(jdk), "grace=0,strict=true"));
  }

  private static void expectRefusal(Worker started) {
    try (Worker worker = started) {
      assertThat(worker.waitFor(30)).isEqualTo(2);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("needs Java 11 or later", "not started");
    }
  }

  @Test
  void workerIsSilentWhereTheAgentIsOff() {
    for (String arguments : List.of("log=off", "enabled=false")) {
      expectSilence(start(Launch.on(jdk), arguments));
    }
    for (String arguments : List.of("", "strict=true")) {
      expectSilence(start(Launch.on(jdk).environment("REAPER_ENABLED", "false"), arguments));
    }
  }

  private static void expectSilence(Worker started) {
    try (Worker worker = started) {
      assertThat(worker.waitFor(30)).isZero();
      assertThat(worker.stdout()).isEqualTo(Shell.READY);
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @Test
  void commandLineSaysWhatItNeeds() {
    List<String> command = List.of("-jar", jar.toString(), "ps");
    try (Worker worker = Launch.on(jdk).start(jdk.java(), command)) {
      assertThat(worker.waitFor(30)).isEqualTo(2);
      assertThat(worker.stderr().lines()).singleElement().asString().contains("needs Java 11");
    }
  }

  private Worker start(Launch launch, String arguments) {
    Worker worker = launch.javaAgent(jar, arguments).start(Shell.class, "exit 0");
    worker.sayNothing();
    return worker;
  }

  /** The agent's jar, with no class in it that a JVM could load but those of Java 8. */
  private static byte[] withNoClassButThoseOfJava8(String name, byte[] bytes) {
    // JVMS 4.1: the major version.
    if (name.endsWith(".class") && bytes[7] != JAVA_8) {
      bytes[7] = OF_NO_JVM;
    }
    return bytes;
  }
}
