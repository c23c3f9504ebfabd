package io.reaper.core.spawn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** What ProcessBuilder is to the weaver; the seam is put in its own {@link #tell}. */
final class Subject implements Callable<Process> {
  /** What the woven code has told so far. */
  static final List<Object> TOLD = new ArrayList<>();

  private final Callable<Process> fork;
  private final int wayOut;

  Subject(Callable<Process> fork, Integer wayOut) {
    this.fork = fork;
    this.wayOut = wayOut;
  }

  static void tell(Object process, Object builder) {
    TOLD.add(process);
    TOLD.add(builder);
  }

  /** Two ways out, and a handler of its own around one of them. */
  private Process start(ProcessBuilder.Redirect[] redirects) throws IOException {
    try {
      Process process = fork.call();
      if (wayOut == 1) {
        return process;
      }
      long more = System.nanoTime();
      return more == wayOut ? null : process;
    } catch (UnsupportedOperationException handled) {
      throw new IOException(handled);
    } catch (Exception other) {
      throw new IllegalStateException(other);
    }
  }

  @Override
  public Process call() throws IOException {
    return start(new ProcessBuilder.Redirect[0]);
  }
}
