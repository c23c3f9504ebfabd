package io.reaper.core.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.options.Options;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartedJvmTest {
  private static final ProcessInfo JVM =
      new ProcessInfo(new ProcessId(42, 4242), 'S', 1, 42, 42, "java");

  private static StartedJvm of(Map<String, String> environment, String... words) {
    return StartedJvm.of(JVM, words, environment);
  }

  private static Options options(Map<String, String> environment, String... words) {
    return of(environment, words).options();
  }

  @Test
  void jvmWithoutTheAgentIsNone() {
    assertThat(of(Map.of(), "java", "-javaagent:/opt/jacoco.jar", "Main")).isNull();
    assertThat(of(Map.of(), "java", "Main", "-javaagent:/opt/reaper-agent.jar")).isNull();
  }

  @Test
  void laterArgumentsWinAndTheCommandLinePrecedesTheEnvironment() {
    Map<String, String> environment =
        Map.of(
            "JAVA_TOOL_OPTIONS",
            "-Xmx1g -javaagent:/opt/reaper-agent-1.0.jar=grace=1s,subreaper=true",
            "REAPER_GRACE",
            "9s",
            "REAPER_CGROUP",
            "true");
    Options options =
        options(
            environment, "java", "-javaagent:reaper-agent.jar=grace=3s", "-Dreaper.keep=x", "M");
    assertThat(options.graceMillis()).isEqualTo(3000);
    assertThat(options.modes()).containsExactly("children", "subreaper", "cgroup");
    assertThat(options.keep()).containsExactly("x");
  }

  @Test
  void mainClassIsTheFirstWordThatIsNoOption() {
    String agent = "-javaagent:reaper-agent.jar";
    assertThat(of(Map.of(), "java", agent, "-cp", "a:b", "Main", "x").mainClass())
        .isEqualTo("Main");
    assertThat(of(Map.of(), "java", agent, "-jar", "w.jar", "x").mainClass()).isEqualTo("w.jar");
    assertThat(of(Map.of(), "java", agent, "--module", "m/M").mainClass()).isEqualTo("m/M");
    assertThat(of(Map.of(), "java", agent).mainClass()).isEqualTo("?");
  }

  @Test
  void whatIsSwitchedOffIsNone() {
    assertThat(
            of(
                Map.of("REAPER_ENABLED", "false"),
                "java",
                "-javaagent:reaper-agent.jar=enabled=true",
                "M"))
        .isNull();
  }

  @Test
  void commandOfTheAgentsJarIsNone() {
    Map<String, String> image = Map.of("JAVA_TOOL_OPTIONS", "-javaagent:/opt/reaper-agent.jar");
    assertThat(of(image, "java", "-jar", "/opt/reaper-agent.jar", "run", "--", "x.sh")).isNull();
    assertThat(of(image, "java", "-jar", "reaper-agent-1.0.jar", "ps")).isNull();
    assertThat(of(image, "java", "-jar", "/opt/app.jar")).isNotNull();
    assertThat(of(image, "java", "-jar", "/opt/my-reaper-agent-service.jar")).isNotNull();
  }

  @Test
  void optionsInAFileAreNotKnown() {
    assertThat(options(Map.of(), "java", "-javaagent:reaper-agent.jar=config=x", "Main")).isNull();
  }
}
