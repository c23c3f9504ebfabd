package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Transcoder;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.exec.DefaultExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which line of Java each leaked process is laid to, where a library has started its ancestor. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record StartedByIT(Jdk jdk) {
  private static final String LINE =
      "started by " + Transcoder.class.getName() + "\\$FFmpeg.start\\(Transcoder.java:\\d+\\)";
  private static final String WAY = "Transcoder.run → FFmpeg.start → commons-exec";

  private Worker transcoder(String options) throws URISyntaxException {
    Launch launch = Launch.on(jdk);
    Path commonsExec =
        Path.of(DefaultExecutor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Worker worker =
        launch
            .agent("subreaper=true," + options + "dir=" + launch.dir().resolve("ledgers"))
            .classPath(commonsExec)
            .start(Transcoder.class);
    until(
        worker,
        () ->
            Stream.of(Transcoder.CHILD, Transcoder.DESCENDANT, Transcoder.ORPHAN)
                .allMatch(name -> worker.reported(name).size() == 1));
    return worker;
  }

  private static long pid(Worker worker, String name) {
    return worker.reported(name).get(0).pid();
  }

  private static String reason(Worker worker, String name, String why) {
    return "(?s).*\\[" + pid(worker, name) + "\\] \\(" + why + ".*";
  }

  @Test
  void orderlyEndNamesTheApplicationsOwnLineForChildrenDescendantsAndOrphans() throws Exception {
    try (Worker worker = transcoder("")) {
      worker.say("return");
      worker.waitFor(30);
      String below = "\\[\\d+\\], " + LINE;
      assertThat(worker.stderr())
          .contains(WAY)
          .matches(reason(worker, Transcoder.CHILD, LINE))
          .matches(reason(worker, Transcoder.DESCENDANT, "descendant of sh" + below))
          .matches(reason(worker, Transcoder.ORPHAN, "adopted orphan of sh" + below));
    }
  }

  private String tree(Worker worker) {
    String pid = Long.toString(worker.self().pid());
    String dir = worker.dir().resolve("ledgers").toString();
    return Answer.of(Launch.on(jdk).tool("tree", pid, "--dir", dir)).said();
  }

  @ParameterizedTest
  @ValueSource(strings = {"children=true,", "keep=nobody,"})
  void crashNamesThemToo(String options) throws Exception {
    try (Worker worker = transcoder(options)) {
      String of = " of a child " + LINE;
      until(worker, () -> tree(worker).split("started by", -1).length >= 4);
      assertThat(tree(worker))
          .matches(
              "(?s).*\\[" + pid(worker, Transcoder.ORPHAN) + "\\] killed: [^\n]*" + LINE + ".*");
      worker.self().kill();
      List<Proc> all =
          Stream.of(Transcoder.CHILD, Transcoder.DESCENDANT, Transcoder.ORPHAN)
              .map(name -> worker.reported(name).get(0))
              .toList();
      until(() -> all.stream().noneMatch(Proc::isAlive));
      until(() -> worker.stderr().contains("killed 3 processes"));
      assertThat(worker.stderr())
          .matches(reason(worker, Transcoder.CHILD, LINE))
          .matches(reason(worker, Transcoder.DESCENDANT, "descendant" + of))
          .matches(reason(worker, Transcoder.ORPHAN, "adopted orphan" + of));
    }
  }

  @Test
  void helperThatTheOperatorHasNamedIsALauncher() throws Exception {
    try (Worker worker = transcoder("launchers=" + Transcoder.class.getName() + "$FFmpeg,")) {
      worker.say("return");
      worker.waitFor(30);
      assertThat(worker.stderr())
          .contains("started by " + Transcoder.class.getName() + ".run(", "Transcoder.run → ")
          .doesNotContain("FFmpeg.start");
    }
  }
}
