package io.reaper.it.degraded;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.support.End;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In a place that lacks something, the agent works, or says in one line what is missing. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record MissingFeaturesIT(Jdk jdk) {

  private static final String MODES = "subreaper=true,process-group=true,grace=10s";

  /** Runs a command in a mount namespace of its own, with a file system mounted on these places. */
  private static String[] mounted(String options, String... places) {
    StringBuilder script = new StringBuilder();
    for (String place : places) {
      script.append("mount -t tmpfs -o ").append(options).append(" tmpfs ").append(place);
      script.append(" && ");
    }
    return new String[] {"unshare", "--mount", "sh", "-c", script + "exec \"$0\" \"$@\""};
  }

  private static boolean canMount() {
    try {
      return new ProcessBuilder("unshare", "--mount", "true").start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  /** A worker with a child: the child dies, whatever the weather. Returns the lines on stderr. */
  private static List<String> expectChildToDie(Launch launch) {
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      until(worker, () -> !worker.reported("OBEDIENT").isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).as(worker.stderr()).isEqualTo(3);
      assertThat(worker.reported("OBEDIENT")).hasSize(1).noneMatch(Proc::isAlive);
      assertThat(worker.stdout()).isEmpty();
      assertThat(worker.stderr()).doesNotContain("\tat ");
      return worker.stderr().lines().toList();
    }
  }

  @Test
  void childDiesAndNothingIsMissingInGoodWeather() {
    assertThat(expectChildToDie(Launch.on(jdk).agent(MODES))).hasSize(1);
  }

  @Test
  void childDiesWhenTheTemporaryDirectoryDoesNotExist() {
    Launch launch = Launch.on(jdk).agent(MODES);
    launch.jvm("-Djava.io.tmpdir=" + launch.dir().resolve("nowhere"));
    // The JDK itself has a word to say about it since JDK 20.
    assertThat(expectChildToDie(launch))
        .filteredOn(line -> !line.contains("java.io.tmpdir directory does not exist"))
        .hasSizeLessThanOrEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ro", "noexec"})
  void childDiesWhenTheTemporaryDirectoryTakesNoLibrary(String options) {
    assumeThat(canMount()).as("may mount").isTrue();
    Launch launch = Launch.on(jdk).agent(MODES);
    launch.jvm("-Djava.io.tmpdir=/mnt").under(mounted(options, "/mnt"));
    assertThat(expectChildToDie(launch)).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void childDiesAndOneLineSaysWhatIsMissingWhenNoPlaceTakesALibrary() {
    assumeThat(canMount()).as("may mount").isTrue();
    Launch launch = Launch.on(jdk).agent(MODES);
    launch.jvm("-Djava.io.tmpdir=/mnt").under(mounted("noexec", "/mnt", "/dev/shm"));
    // Of /tmp, which holds the worker's report, only the permission to execute is taken away.
    launch.under(
        "sh",
        "-c",
        "mount --bind /tmp /tmp && mount -o remount,bind,noexec /tmp && exec \"$0\" \"$@\"");
    // JDK 22 and later need none, and nothing is missing.
    assertThat(expectChildToDie(launch)).hasSize(jdk.feature() < 22 ? 2 : 1);
  }

  @Test
  void childDiesUnderAnOptionOfTheSecurityManagersDays() {
    assumeThat(jdk.feature()).as("a JDK that has the option").isBetween(12, 23);
    assertThat(expectChildToDie(Launch.on(jdk).agent(MODES).jvm("-Djava.security.manager=allow")))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jcmd -l", "keytool -help", "javac -version", "jar --version"})
  void toolsOfTheJdkRunAsWithoutTheAgent(String tool) {
    List<String> words = Arrays.asList(tool.split(" "));
    // A JRE has few of them.
    assumeThat(jdk.tool(words.get(0))).isExecutable();
    for (String modes : List.of("", "=" + MODES)) {
      String options = Launch.agentIsOff() ? "-Dx=y" : "-javaagent:" + Launch.agentJar() + modes;
      try (Worker without = tool("-Dx=y", words);
          Worker with = tool(options, words)) {
        assertThat(with.waitFor(30)).isEqualTo(without.waitFor(30)).isZero();
        assertThat(linesOf(with.stderr())).isEqualTo(linesOf(without.stderr()));
        if (!words.contains("-l")) {
          assertThat(with.stdout()).isEqualTo(without.stdout());
        }
      }
    }
  }

  private Worker tool(String options, List<String> words) {
    return Launch.on(jdk)
        .environment("JAVA_TOOL_OPTIONS", options)
        .start(jdk.tool(words.get(0)), words.subList(1, words.size()));
  }

  private static List<String> linesOf(String stderr) {
    return stderr.lines().filter(line -> !line.startsWith("Picked up ")).toList();
  }
}
