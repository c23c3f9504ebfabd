package io.reaper.it.support;

import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * What this machine lets a test do: not every user may make a namespace, or become another user.
 */
public final class Machine {

  /** A command under which another runs as a user who is not root, and owns nothing here. */
  public static final String[] NOBODY = {
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"
  };

  private Machine() {}

  /** Returns a command under which another sees a /proc that is mounted with that hidepid. */
  public static String[] hidingProcesses(String hidepid) {
    String mount = "mount -t proc -o hidepid=" + hidepid + " proc /proc && exec \"$0\" \"$@\"";
    return new String[] {"unshare", "--mount", "sh", "-c", mount};
  }

  /** Whether a command may be started under this one. */
  public static boolean allows(String... prefix) {
    List<String> command = new ArrayList<>(Arrays.asList(prefix));
    command.add("true");
    return succeeds(command);
  }

  /** Whether the agent and the scenarios are readable under this command, such as setpriv. */
  public static boolean canRead(String... prefix) {
    List<String> command = new ArrayList<>(Arrays.asList(prefix));
    Path agent = Launch.agentIsOff() ? Launch.classes() : Launch.agentJar();
    String test = "test -r \"$0\" && test -x \"$1\"";
    command.addAll(List.of("sh", "-c", test, agent.toString(), Launch.classes().toString()));
    return succeeds(command);
  }

  /** Lets every user write in a worker's directory, as one may run it who did not make it. */
  public static void open(Path dir) throws IOException {
    // Sticky, as /tmp is: the agent keeps nothing where others could exchange it.
    Files.setAttribute(dir, "unix:mode", 01777);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path file : files) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
      }
    }
  }

  /** The worker, once the condition is true; if it does not come true, no process is left of it. */
  public static Worker closedUnless(Worker worker, Callable<Boolean> condition) {
    try {
      Until.until(worker, condition);
      return worker;
    } catch (AssertionError | RuntimeException failed) {
      worker.close();
      throw failed;
    }
  }

  private static boolean succeeds(List<String> command) {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }
}
