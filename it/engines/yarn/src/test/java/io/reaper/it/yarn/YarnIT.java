package io.reaper.it.yarn;

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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A container's JVM starts processes, and the NodeManager ends the container, or it is killed. */
class YarnIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern OPTION = Pattern.compile("-javaagent:\\S+");

  private static Worker yarn(String... options) {
    Jdk jdk = Jdk.forEngines().get(0);
    Launch launch = Launch.on(jdk).environment("JAVA_HOME", jdk.home().toString());
    String classes = System.getProperty("java.class.path");
    Stream.of(classes.split(":")).map(Path::of).forEach(launch::classPath);
    List<String> command = new ArrayList<>(List.of(jdk.java().toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classes));
    Worker yarn = launch.start(Yarn.class, command.toArray(String[]::new));
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  !yarn.isAlive()
                      || Stream.of(Task.JVM, Task.CHILD, Task.DAEMON)
                          .allMatch(name -> yarn.reported(name).size() == 1));
      assertThat(yarn.isAlive()).isTrue();
      return yarn;
    } catch (RuntimeException | AssertionError e) {
      String said = yarn.stdout() + yarn.stderr();
      yarn.close();
      throw new IllegalStateException(said, e);
    }
  }

  private static Proc the(Worker yarn, String name) {
    return yarn.reported(name).get(0);
  }

  private static void killApplication(Worker yarn) {
    yarn.say("kill it");
    await().atMost(PATIENCE).until(() -> yarn.stdout().contains(Yarn.ENDED + "KILLED"));
  }

  private static void awaitEndOf(Worker yarn, String... names) {
    for (String name : names) {
      Proc proc = the(yarn, name);
      await(name).atMost(PATIENCE).until(() -> !proc.isAlive());
    }
  }

  private static String recipe() throws IOException {
    assumeThat(Launch.agentIsOff()).isFalse();
    Matcher option = OPTION.matcher(Docs.recipe("YARN", "mapreduce.map.java.opts"));
    assertThat(option.find()).isTrue();
    return option.group();
  }

  @Test
  void allThatAContainerHasStartedEndsWithIt() throws IOException {
    try (Worker yarn = yarn(recipe())) {
      killApplication(yarn);
      awaitEndOf(yarn, Task.JVM, Task.CHILD, Task.DAEMON);
    }
  }

  @Test
  void allThatAContainerHasStartedEndsWithItsJvmThatIsKilled() throws IOException {
    try (Worker yarn = yarn(recipe())) {
      the(yarn, Task.JVM).kill();
      awaitEndOf(yarn, Task.CHILD, Task.DAEMON);
    }
  }

  @Test
  void jvmWithAGroupOfItsOwnIsNotReachedByTheNodeManagerAsTheRecipeWarns() throws IOException {
    String option = recipe().replace("subreaper=true", "process-group=true");
    try (Worker yarn = yarn(option)) {
      Proc shell = Proc.of(the(yarn, Task.JVM).ppid()).orElseThrow();
      assumeThat(shell.pgrp()).as("the shell has not become the JVM").isEqualTo(shell.pid());
      killApplication(yarn);
      await().atMost(PATIENCE).until(() -> !shell.isAlive());
      assertThat(the(yarn, Task.JVM)).matches(Proc::isAlive, "lives on");
    }
  }

  @Test
  void withoutTheAgentADaemonLivesOn() {
    try (Worker yarn = yarn()) {
      killApplication(yarn);
      awaitEndOf(yarn, Task.JVM, Task.CHILD);
      assertThat(the(yarn, Task.DAEMON)).matches(Proc::isAlive, "lives on");
    }
  }
}
