package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A worker that leaves a process of every {@link Shape} behind, and ends the way it is told. */
public final class Shapes {

  /** The executable's name that a test gives to {@code keep}. */
  public static final String KEPT_NAME = "keepme";

  /** The name of the script that starts itself anew and ends, all the time. */
  public static final String FORKER_SCRIPT = "forker";

  private final Path report;
  private final Path dir;
  private final String leaf;
  private final int many;

  private Shapes(Path report, int many) {
    this.report = report;
    this.many = many;
    this.dir = report.getParent();
    this.leaf = Worker.leaf(dir).toString();
  }

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    new Shapes(report, Integer.parseInt(args[1])).start();
    Ending.obey();
  }

  // In every script $0 is the leaf: it reports itself under the name it is given, and sleeps.
  // What is to live on in the group, or has children that are, ignores SIGHUP: the kernel sends it
  // to
  // all of a group that a crash has orphaned while a member is stopped (setpgid(2)).
  private void start() throws Exception {
    shell("exec sh \"$0\" DIRECT").start();
    Runtime.getRuntime().exec(new String[] {"sh", leaf, "RUNTIME_EXEC"});
    pipeline();
    shell("echo \"PARENT $$\" >> \"${0%/*}/report\"; sh \"$0\" GRANDCHILD & wait").start();
    new ProcessBuilder("setsid", "sh", leaf, "SETSID_CHILD").start();
    shell("trap '' HUP; setsid sh \"$0\" SETSID_GRANDCHILD & wait").start();
    shell("sh \"$0\" ORPHAN & exit 0").start().waitFor();
    shell("setsid sh -c 'sh \"$0\" DAEMON & exit 0' \"$0\" & exit 0").start().waitFor();
    shell("env -i setsid sh -c 'sh \"$0\" CLEARED_DAEMON & exit 0' \"$0\" & exit 0")
        .start()
        .waitFor();
    // dash has no job control without a terminal.
    new ProcessBuilder("bash", "-c", "trap '' HUP; set -m; sh \"$0\" OWN_GROUP & wait", leaf)
        .start();
    shell("trap '' TERM; exec sh \"$0\" DEAF").start();
    shell("trap '' TERM; sh \"$0\" DEAF_ORPHAN & exit 0").start().waitFor();
    shell("echo \"STOPPED $$\" >> \"${0%/*}/report\"; kill -STOP $$; exec sleep 1000").start();
    wide();
    deep();
    forker();
    kept();
  }

  private void pipeline() throws IOException {
    List<ProcessBuilder> members = new ArrayList<>();
    for (int i = 0; i < Shape.PIPELINE.count(); i++) {
      members.add(new ProcessBuilder("sh", leaf, "PIPELINE"));
    }
    ProcessBuilder.startPipeline(members);
  }

  private void wide() throws IOException {
    for (int i = 0; i < many; i++) {
      long pid = new ProcessBuilder("sleep", "1000").start().pid();
      Worker.report(report, Shape.WIDE.name(), pid);
    }
  }

  private void deep() throws IOException {
    Path script = dir.resolve("deep");
    Files.writeString(
        script,
        """
        echo "$1 $$" >> "${0%/*}/report"
        if [ "$2" -eq 0 ]; then exec sleep 1000; fi
        sh "$0" DEEP $(($2 - 1)) &
        wait
        """);
    int below = Shape.DEEP.count();
    new ProcessBuilder("sh", script.toString(), "DEEP_TOP", String.valueOf(below)).start();
  }

  private void forker() throws IOException {
    Path script = dir.resolve(FORKER_SCRIPT);
    Files.writeString(script, "sleep 0.05; sh \"$0\" & exit 0\n");
    new ProcessBuilder("sh", script.toString()).start();
  }

  private void kept() throws IOException {
    Path kept = Files.copy(Path.of("/bin/sleep"), dir.resolve(KEPT_NAME));
    Worker.report(
        report,
        Shape.KEPT_BY_NAME.name(),
        new ProcessBuilder(kept.toString(), "1000").start().pid());
    shell(
            "\"${0%/*}/keepme\" 1000 & "
                + "echo \"KEPT_BY_NAME_GRANDCHILD $!\" >> \"${0%/*}/report\"; wait")
        .start();
    ProcessBuilder byEnvironment =
        shell(
            "trap '' HUP; echo \"KEPT_BY_ENVIRONMENT $$\" >> \"${0%/*}/report\"; "
                + "env -i sh \"$0\" KEPT_DESCENDANT & wait");
    byEnvironment.environment().put("REAPER_KEEP", "true");
    byEnvironment.start();
  }

  private ProcessBuilder shell(String script) {
    return new ProcessBuilder("sh", "-c", script, leaf);
  }
}
