package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.AgentJar;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent more than once on one command line: an image names it, and so does a script. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record LoadedTwiceIT(Jdk jdk) {

  /** What the second -javaagent names, and whether it is another jar that comes first. */
  enum Second {
    THE_SAME_JAR,
    A_COPY_ELSEWHERE,
    ANOTHER_VERSION,
    A_COPY_ELSEWHERE_THAT_COMES_FIRST,
    ANOTHER_VERSION_THAT_COMES_FIRST;

    Path jar(Launch launch) {
      Path jar = launch.dir().resolve("other-agent.jar");
      try {
        if (this == THE_SAME_JAR) {
          return Launch.agentJar();
        }
        if (name().startsWith("A_COPY")) {
          return Files.copy(Launch.agentJar(), jar);
        }
        return otherVersion(jar);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    boolean isFirst() {
      return name().endsWith("FIRST");
    }
  }

  private static Path otherVersion(Path to) {
    return AgentJar.changed(
        to,
        (name, bytes) ->
            name.equals(JarFile.MANIFEST_NAME)
                ? new String(bytes, UTF_8)
                    .replaceFirst("(?<=Implementation-Version: ).*", "99")
                    .getBytes(UTF_8)
                : bytes);
  }

  private static Worker start(Launch launch) {
    Worker worker = launch.start(ObeyingWorker.class);
    return Machine.closedUnless(worker, () -> !worker.reported(Worker.SELF).isEmpty());
  }

  private static Proc spawn(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    until(worker, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  private static void expectNoneToOutlive(Worker worker, boolean crash) {
    Proc child = spawn(worker, "spawn", "CHILD");
    Proc descendant = spawn(worker, "setsid-grandchild", "DESCENDANT");
    if (crash) {
      Orders.kill(worker);
      worker.waitFor(30);
      until(() -> !child.isAlive() && !descendant.isAlive());
    } else {
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(List.of(child, descendant)).noneMatch(Proc::isAlive);
    }
  }

  /** Beside what the JVM itself says of JAVA_TOOL_OPTIONS, and what an end says of its kills. */
  private static void expectOneLine(Worker worker, String... words) {
    String said =
        worker
            .stderr()
            .lines()
            .filter(line -> !line.startsWith("Picked up ") && !line.contains("] killed "))
            .filter(line -> !line.contains(" is dead: killed "))
            .collect(Collectors.joining("\n"));
    assertThat(said.lines()).singleElement().asString().contains(words);
  }

  @ParameterizedTest
  @EnumSource
  void imageAndCommandLineAreOneAgentInACrash(Second second) {
    expectOneAgent(second, true);
  }

  @ParameterizedTest
  @EnumSource
  void imageAndCommandLineAreOneAgentAtAnOrderlyEnd(Second second) {
    expectOneAgent(second, false);
  }

  private void expectOneAgent(Second second, boolean crash) {
    Launch launch = Launch.on(jdk);
    Path other = second.jar(launch);
    Path image = second.isFirst() ? other : Launch.agentJar();
    Path script = second.isFirst() ? Launch.agentJar() : other;
    launch.environment("JAVA_TOOL_OPTIONS", "-javaagent:" + image + "=subreaper=true,grace=1s");
    launch.javaAgent(script, "grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = start(launch)) {
      expectOneLine(worker, "more than once", "subreaper=true,grace=0ms", image.toString());
      expectNoneToOutlive(worker, crash);
      expectOneLine(worker, "more than once");
    }
  }

  @Test
  void modeThatComesWithTheLaterOneIsEntered() {
    Launch launch = Launch.on(jdk).agent("").agent("").agent("subreaper=true");
    try (Worker worker = start(launch)) {
      expectNoneToOutlive(worker, true);
    }
  }

  @Test
  void modeThatTheLaterOneTakesBackIsLeft() {
    Launch launch = Launch.on(jdk).agent("subreaper=true").agent("subreaper=false");
    try (Worker worker = start(launch)) {
      Proc descendant = spawn(worker, "setsid-grandchild", "DESCENDANT");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(descendant.isAlive()).isTrue();
    }
  }

  private Launch agents(String each) {
    Launch launch = Launch.on(jdk);
    for (String arguments : each.split(" -> ")) {
      launch.agent(arguments);
    }
    return launch;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grace=1s -> enabled=false",
        "subreaper=true -> enabled=false",
        "enabled=false,subreaper=true -> grace=0",
        "enabled=false -> enabled=true -> enabled=false"
      })
  void lastWordOnWhetherTheAgentIsOffIsOff(String each) {
    try (Worker worker = start(agents(each))) {
      Proc child = spawn(worker, "spawn", "CHILD");
      Proc descendant = spawn(worker, "setsid-grandchild", "DESCENDANT");
      worker.say("exit");
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(List.of(child, descendant)).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("killed");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enabled=false,subreaper=true -> enabled=true",
        "grace=1s -> enabled=false -> enabled=true,subreaper=true",
        "subreaper=true -> enabled=false -> enabled=true"
      })
  void laterOneThatSwitchesTheAgentOnHasTheArgumentsOfTheFirst(String each) {
    try (Worker worker = start(agents(each))) {
      expectNoneToOutlive(worker, true);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grace=1s -> enabled=false", "subreaper=true -> enabled=false"})
  void attachSwitchesOnWhatTheLaterOneHasSwitchedOff(String each) {
    try (Worker worker = start(agents(each))) {
      String pid = Long.toString(worker.self().pid());
      String jar = Launch.agentJar().toString();
      List<String> attach = List.of("-jar", jar, "attach", pid, "subreaper=true");
      try (Worker tool = Launch.on(jdk).start(jdk.java(), attach)) {
        assertThat(tool.waitFor(30)).isZero();
      }
      expectNoneToOutlive(worker, true);
    }
  }

  @Test
  void wrongOptionOfTheLaterOneStopsTheWorkerBeforeMain() {
    Launch launch = Launch.on(jdk).agent("subreaper=true").agent("grace=soon");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      assertThat(worker.waitFor(30)).isEqualTo(2);
      assertThat(worker.stderr().lines()).singleElement().asString().contains("soon", "grace");
      assertThat(worker.reported(Worker.SELF)).isEmpty();
    }
  }

  @Test
  void strictLaterOneRefusesWhatTheFirstCannotHave() {
    Launch launch = Launch.on(jdk).agent("subreaper=true").agent("strict=true");
    try (Worker worker = launch.jvm("-Dos.arch=vax").start(ObeyingWorker.class)) {
      assertThat(worker.waitFor(30)).isEqualTo(2);
      assertThat(worker.reported(Worker.SELF)).isEmpty();
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void attachOfWhateverJarChangesTheOptionsOfTheAgentThatIsThere(Second second) {
    Launch launch = Launch.on(jdk);
    Path other = second.jar(launch);
    Path attached = second.isFirst() ? Launch.agentJar() : other;
    launch.javaAgent(second.isFirst() ? other : Launch.agentJar(), "grace=0");
    try (Worker worker = start(launch)) {
      String pid = Long.toString(worker.self().pid());
      List<String> attach = List.of("-jar", attached.toString(), "attach", pid, "subreaper=true");
      try (Worker tool = Launch.on(jdk).start(jdk.java(), attach)) {
        assertThat(tool.waitFor(30)).isZero();
        assertThat(tool.stdout()).contains("subreaper: false -> true");
      }
      expectNoneToOutlive(worker, true);
    }
  }
}
