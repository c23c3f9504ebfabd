package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Starts processes that end in every way that there is, each way by a method of its own. */
public final class EveryEnd {
  public static final int EXITING = 3;
  public static final int DESTROYED = 2;
  public static final int LEAKED = 2;
  public static final int KEPT = 1;

  /** The executable that the worker's options must keep. */
  public static final String KEPT_NAME = "tail";

  private static final int THREADS = 4;

  private EveryEnd() {}

  public static void main(String[] arguments) throws Exception {
    Path report = Path.of(arguments[0]);
    for (int i = 0; i < EXITING; i++) {
      exit(i).waitFor();
    }
    for (int i = 0; i < DESTROYED; i++) {
      destroy().destroyForcibly().waitFor();
    }
    for (int i = 0; i < LEAKED; i++) {
      Worker.report(report, "LEAKED", leak().pid());
    }
    Worker.report(report, "KEPT", keep().pid());
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      threads.submit(() -> exit(0).waitFor());
    }
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.HOURS);
  }

  private static Process exit(int status) throws IOException {
    return new ProcessBuilder("sh", "-c", "exit " + status).start();
  }

  private static Process destroy() throws IOException {
    return new ProcessBuilder("sleep", "1000").start();
  }

  private static Process leak() throws IOException {
    return Runtime.getRuntime().exec(new String[] {"sleep", "1000"});
  }

  private static Process keep() throws IOException {
    return new ProcessBuilder(KEPT_NAME, "-f", "/dev/null").start();
  }
}
