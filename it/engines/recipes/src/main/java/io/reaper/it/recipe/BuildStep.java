package io.reaper.it.recipe;

import hudson.remoting.Callable;
import java.io.IOException;

/**
 * Runs in the build agent, which loads it from the controller: starts a shell, and one more process
 * in the way in which Pipeline's durable-task does, told to live on.
 */
final class BuildStep implements Callable<Long, IOException> {
  private static final long serialVersionUID = 1;

  static final String KEPT = "KEPT";

  private final String directory;
  private final String script;

  BuildStep(String directory, String script) {
    this.directory = directory;
    this.script = script;
  }

  @Override
  public Long call() throws IOException {
    String durable = "(exec nohup setsid sh \"$0/leaf\" " + KEPT + " > /dev/null 2>&1) &";
    ProcessBuilder task = new ProcessBuilder("sh", "-c", durable, directory);
    task.environment().put("REAPER_KEEP", "true");
    task.start();
    new ProcessBuilder("sh", "-c", script, directory).start();
    return ProcessHandle.current().pid();
  }
}
