package io.reaper.core.sentinel;

import io.reaper.agent.AgentClassLoader;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** The commands that the sentinel is made of. */
public final class Programs {
  /** Variables that would give the worker's options to the sentinel's JVM, the agent among them. */
  static final List<String> OPTIONS_FOR_WORKERS =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  /**
   * Leaves the worker's cgroup, and forks the sentinel into a session of its own, or becomes it. A
   * job of sh's reads /dev/null if not told otherwise.
   */
  private static final String STARTER =
      "unset "
          + String.join(" ", OPTIONS_FOR_WORKERS)
          + "; read -r how || exit 1; setsid=$1 sh=$2 script=$3 procs=$4; shift 4;"
          + " [ -z \"$procs\" ] || echo $$ >\"$procs\";"
          + " set -- \"$setsid\" \"$sh\" -c \"$script\" reaper-sentinel \"$@\";"
          + (" [ \"$how\" != " + Sentinel.STAY + " ] || exec \"$@\";")
          + " exec 3<&0; \"$@\" <&3 3<&- &";

  /** What makes a JVM start fast that lives for a moment. */
  private static final List<String> SHORT_LIVED =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "-Xmx64m",
          "--enable-native-access=ALL-UNNAMED");

  private Programs() {}

  /** The first executable of that name in directories with ':' between them, or null. */
  public static String find(String path, String name) {
    for (String directory : path.split(":")) {
      File file = new File(directory, name);
      if (!directory.isEmpty() && file.canExecute()) {
        return file.getPath();
      }
    }
    return null;
  }

  /**
   * The starter of a sentinel that is a sh, or null where there is no sh or no setsid.
   *
   * @param path where to look for them
   * @param procs the file by which a process enters the cgroup above the worker's own, or empty
   * @param arguments those of sentinel.sh
   */
  static List<String> shell(String path, String procs, List<String> arguments) {
    String sh = find(path, "sh");
    String setsid = find(path, "setsid");
    if (sh == null || setsid == null) {
      return null;
    }
    byte[] script = loader().read("io/reaper/core/sentinel/sentinel.sh");
    List<String> command =
        new ArrayList<>(
            List.of(
                sh,
                "-c",
                STARTER,
                "reaper-sentinel-starter",
                setsid,
                sh,
                new String(script),
                procs));
    command.addAll(arguments);
    return command;
  }

  /** A short-lived JVM with the agent's own classes. */
  static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(SHORT_LIVED);
    command.addAll(List.of("-cp", loader().jar().getAbsolutePath(), "io.reaper.agent.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  private static AgentClassLoader loader() {
    return (AgentClassLoader) Programs.class.getClassLoader();
  }
}
