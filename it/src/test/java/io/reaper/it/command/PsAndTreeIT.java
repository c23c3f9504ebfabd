package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ps and tree show of real workers, in a pipe and in a terminal. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record PsAndTreeIT(Jdk jdk) {
  private static final String RED = "\033[31m";

  private Answer look(Worker worker, String... arguments) {
    return look(Launch.on(jdk), dir(worker), arguments);
  }

  private static Answer look(Launch launch, String dir, String... arguments) {
    Stream<String> words = Stream.concat(Stream.of(arguments), Stream.of("--dir", dir));
    return Answer.of(launch.tool(words.toArray(String[]::new)));
  }

  private static String dir(Worker worker) {
    return worker.dir().resolve("ledgers").toString();
  }

  private Worker puppet(String options) {
    Launch launch = Launch.on(jdk);
    return launch
        .agent(options + "dir=" + launch.dir().resolve("ledgers"))
        .start(ObeyingWorker.class);
  }

  private static Proc spawn(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    until(worker, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  private static String pid(Worker worker) {
    return Long.toString(worker.self().pid());
  }

  @Test
  void psNamesTheWorkerItsModesAndItsLivingSentinel() {
    try (Worker worker = puppet("subreaper=true,")) {
      spawn(worker, "spawn", "CHILD");
      until(worker, () -> look(worker, "ps").said().matches("(?s).* +1 +0 +\\d+ +.*"));
      Answer ps = look(worker, "ps");
      assertThat(ps.refused()).isEmpty();
      assertThat(ps.status()).isZero();
      List<String> lines = ps.said().lines().toList();
      assertThat(lines.get(0).split(" +"))
          .containsExactly("PID", "MODES", "CHILDREN", "ADOPTED", "SENTINEL", "WORKER");
      assertThat(lines.subList(1, lines.size()))
          .singleElement()
          .asString()
          .startsWith(pid(worker) + " ")
          .contains("children+subreaper")
          .endsWith(ObeyingWorker.class.getName());
      assertThat(look(worker, "ps", "--json").said())
          .contains("\"pid\":" + pid(worker), "\"children\":1", "\"alive\":true");
    }
  }

  @Test
  void treeSaysWhatDiesAndByWhichLineOfJavaItWasStarted() {
    try (Worker worker = puppet("subreaper=true,")) {
      Proc child = spawn(worker, "spawn", "CHILD");
      Proc grandchild = spawn(worker, "setsid-grandchild", "GRANDCHILD");
      String started = "[" + child.pid() + "] killed: started by " + ObeyingWorker.class.getName();
      until(worker, () -> look(worker, "tree", pid(worker)).said().contains(started));
      Answer tree = look(worker, "tree", pid(worker));
      assertThat(tree.status()).isZero();
      assertThat(tree.said())
          .contains(".spawn(ObeyingWorker.java:", "[" + grandchild.pid() + "] killed: descendant")
          .doesNotContain("\033", "escapes");
      assertThat(look(worker, "tree", pid(worker), "--json").said())
          .contains("\"fate\":\"killed\"", "\"pid\":" + grandchild.pid());
    }
  }

  @Test
  void treeNamesWhatWouldEscapeAndWhatIsKept() {
    try (Worker worker = puppet("keep=sleep,")) {
      Proc kept = spawn(worker, "spawn", "KEPT");
      Proc escaping = spawn(worker, "setsid-grandchild", "GRANDCHILD");
      Answer tree = look(worker, "tree", pid(worker));
      assertThat(tree.said())
          .contains("[" + kept.pid() + "] kept: ")
          .contains("[" + escaping.pid() + "] escapes: no mode covers it");
    }
  }

  @Test
  void treeIsColouredInATerminalAlone() {
    assumeThat(Machine.allows("script", "--quiet", "/dev/null", "--command"))
        .as("script(1) is here, of util-linux")
        .isTrue();
    try (Worker worker = puppet("")) {
      spawn(worker, "setsid-grandchild", "GRANDCHILD");
      String command =
          "exec '%s' -jar '%s' tree %s --dir '%s'"
              .formatted(jdk.java(), Launch.agentJar(), pid(worker), dir(worker));
      List<String> words = List.of("--quiet", "--return", "--command", command, "/dev/null");
      Path script = Path.of("script");
      assertThat(Answer.of(Launch.on(jdk).start(script, words)).said()).contains(RED, "escapes");
      Launch plain = Launch.on(jdk).environment("NO_COLOR", "1");
      assertThat(Answer.of(plain.start(script, words)).said())
          .contains("escapes")
          .doesNotContain(RED);
    }
  }

  @Test
  void processThatIsNoWorkerIsOneLine() {
    try (Worker worker = puppet("")) {
      spawn(worker, "spawn", "CHILD");
      for (String other : List.of("1", "999999999")) {
        Answer answer = look(worker, "tree", other);
        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.refused().lines()).singleElement().asString().contains(other, "ps");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ps", "tree 1"})
  void directoryOfAnotherUsersIsRefusedInOneLine(String command) throws IOException {
    assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).as("is root").isEqualTo(0);
    Launch launch = Launch.on(jdk);
    Path ledgers =
        Files.createDirectory(
            launch.dir().resolve("ledgers"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.setAttribute(ledgers, "unix:uid", 65534);
    Answer answer = look(launch, ledgers.toString(), command.split(" "));
    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.said()).isEmpty();
    assertThat(answer.refused().lines())
        .singleElement()
        .asString()
        .contains("cannot use " + ledgers, "belongs to user 65534");
  }
}
