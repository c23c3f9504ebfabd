package io.reaper.it.support;

import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import java.util.List;

/** The ways for a worker to end, and the exit status of each without the agent. */
public enum End {
  MAIN_RETURNS("return", null, 0),
  SYSTEM_EXIT("exit", null, 3),
  UNCAUGHT_EXCEPTION("throw", null, 1),
  SIGTERM(null, "TERM", 143),
  SIGINT(null, "INT", 130),
  SIGHUP(null, "HUP", 129),

  // From here on no shutdown hook runs.
  SIGKILL(null, "KILL", 137),
  /** The JVM writes its last words and aborts. */
  SIGSEGV(null, "SEGV", 134),
  HALT("halt", null, 9),
  EXIT_ON_OUT_OF_MEMORY("memory", null, 3, "-XX:+ExitOnOutOfMemoryError"),
  CRASH_ON_OUT_OF_MEMORY("memory", null, 134, "-XX:+CrashOnOutOfMemoryError");

  private final String order;
  private final String signal;
  private final int status;
  private final List<String> options;

  End(String order, String signal, int status, String... options) {
    this.order = order;
    this.signal = signal;
    this.status = status;
    this.options = List.of(options);
  }

  /** Whether the worker dies without its shutdown hooks. */
  public boolean isCrash() {
    return compareTo(SIGKILL) >= 0;
  }

  /** Makes it an end that takes no time and leaves nothing outside the worker's directory. */
  public void prepare(Launch launch) {
    launch.jvm(options.toArray(String[]::new));
    launch.jvm("-Xmx64m", "-XX:ErrorFile=" + launch.dir().resolve("hs_err"));
  }

  /** Makes a worker end this way that waits in Ending. */
  public void bringTo(Worker worker) {
    if (signal == null) {
      worker.say(order);
    } else {
      worker.self().signal(signal);
    }
  }

  public int status() {
    return status;
  }
}
