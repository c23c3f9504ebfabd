package io.reaper.it.program;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Pipelines, and those that are none. */
final class Pipes {

  private Pipes() {}

  static void pipeline(Stage stage) throws Exception {
    Lot lot = stage.lot;
    List<ProcessBuilder> builders = new ArrayList<>();
    for (int member = lot.below(4); member >= 0; member--) {
      // Without a child of its own: those that the JDK ends by force would leave it as an orphan.
      String script = "while read line; do echo $line; done; echo member; exit " + lot.below(100);
      builders.add(new ProcessBuilder("sh", "-c", script));
    }
    ProcessBuilder first = builders.get(0);
    ProcessBuilder last = builders.get(builders.size() - 1);
    ProcessBuilder any = lot.of(builders);
    switch (lot.below(16)) {
      case 0 -> any.command(Stage.NO_PROGRAM);
      case 1 -> any.redirectInput(new File("/dev/null"));
      case 2 -> any.redirectOutput(Redirect.DISCARD);
      case 3 -> any.redirectErrorStream(true);
      case 4 -> first.redirectInput(new File(stage.prop("text")));
      case 5 -> last.redirectOutput(Redirect.INHERIT);
      case 6 -> any.directory(new File("/no/such/directory"));
      case 7 -> any.redirectError(Redirect.INHERIT);
      case 8 -> builders.clear();
      case 9 -> builders.add(null);
      case 10 -> last.command("sh", "-c", "cat >/dev/null; exec ls -l /proc/self/fd");
      default -> {}
    }
    List<Process> members = stage.trying("pipeline", () -> started(stage, builders));
    if (members == null || members.isEmpty()) {
      return;
    }
    try (OutputStream in = members.get(0).getOutputStream()) {
      in.write("first\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException broken) {
      // One that does not read may have ended already.
    }
    Process end = members.get(members.size() - 1);
    byte[] out = end.getInputStream().readAllBytes();
    stage.say("out", View.DESCRIPTORS.normal(out));
    for (Process member : members) {
      Waits.forEnd(stage, member);
    }
  }

  /** A list that shows what is the same each time. */
  private static List<Process> started(Stage stage, List<ProcessBuilder> builders)
      throws Exception {
    List<Process> members = new ArrayList<>();
    for (Process member : ProcessBuilder.startPipeline(builders)) {
      members.add(stage.mine(member));
    }
    stage.say("members", members.size());
    return members;
  }
}
