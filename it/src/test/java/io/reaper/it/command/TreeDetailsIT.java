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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What tree shows of each process, and what it holds, in a pipe and in terminals of any width. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record TreeDetailsIT(Jdk jdk) {
  private static final String LISTEN =
      """
      #!/usr/bin/env python3
      import socket, time
      s = socket.create_server(("127.0.0.1", %d))
      time.sleep(1000)
      """;

  private String tree(Worker worker, String... arguments) {
    Stream<String> words = Stream.concat(Stream.of("tree", pid(worker)), Stream.of(arguments));
    return Answer.of(Launch.on(jdk).tool(words.toArray(String[]::new))).said();
  }

  private static String pid(Worker worker) {
    return Long.toString(worker.self().pid());
  }

  private Worker withAChild() {
    Launch launch = Launch.on(jdk);
    launch.agent("subreaper=true,dir=" + launch.dir().resolve("ledgers"));
    Worker worker = launch.start(ObeyingWorker.class);
    Machine.closedUnless(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    worker.say("spawn CHILD");
    Machine.closedUnless(worker, () -> worker.reported("CHILD").size() == 1);
    // From the shell that has reported itself it becomes this, and the ledger names its starter.
    return Machine.closedUnless(
        worker, () -> tree(worker).matches("(?s).*: started by .*sleep 1000\\).*"));
  }

  @Test
  void eachProcessHasItsCommandLineAgeUserAndMemory() {
    try (Worker worker = withAChild()) {
      Proc child = worker.reported("CHILD").get(0);
      assertThat(tree(worker))
          .containsPattern(
              "\\[" + child.pid() + "\\] killed: .* \\(\\d+.*, \\S+, \\d+ [kM]B: sleep");
      assertThat(tree(worker, "--json"))
          .contains("\"command\":\"sleep 1000\"", "\"user\":\"", "\"ageSeconds\":")
          .doesNotContain("\"memoryBytes\":0", "\"holds\"");
    }
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {60, 90, 250})
  void linesAreAsLongAsTheTerminalIsWide(int columns) {
    assumeThat(Machine.allows("script", "--quiet", "/dev/null", "--command"))
        .as("script(1) is here, of util-linux")
        .isTrue();
    try (Worker worker = withAChild()) {
      String command =
          "stty cols %d; '%s' -jar '%s' tree %s"
              .formatted(columns, jdk.java(), Launch.agentJar(), pid(worker));
      Launch plain = Launch.on(jdk).environment("NO_COLOR", "1");
      List<String> script = List.of("--quiet", "--return", "--command", command, "/dev/null");
      String said = Answer.of(plain.start(Path.of("script"), script)).said();
      assertThat(said.lines()).allMatch(line -> line.stripTrailing().length() <= columns);
      assertThat(said).contains("sleep 1000)").contains("killed: started by");
    }
  }

  @Test
  void portThatIsListenedAtIsNamed() throws IOException {
    assumeThat(Machine.allows("python3", "-c", "pass")).as("python3 is here").isTrue();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Launch launch = Launch.on(jdk);
    launch.agent("dir=" + launch.dir().resolve("ledgers"));
    Path program = Files.writeString(launch.dir().resolve("listen"), LISTEN.formatted(port));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    launch.environment("PROGRAM", program.toString());
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      worker.say("program LISTENER");
      until(worker, () -> tree(worker, "--resources").contains("holds tcp:" + port + ": "));
      assertThat(tree(worker, "--json", "--resources"))
          .contains("\"holds\":[\"tcp:" + port + "\"]");
    }
  }
}
