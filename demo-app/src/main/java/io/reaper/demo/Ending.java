package io.reaper.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The ways in which a JVM can end. */
enum Ending {
  RETURN,
  EXIT,
  THROW,
  SIGTERM,
  SIGKILL,
  SEGV,
  HALT,
  OOM;

  /** Ends this JVM; for RETURN and OOM, once the caller lets it. */
  void end() throws IOException, InterruptedException {
    switch (this) {
      case RETURN -> {}
      case EXIT -> System.exit(3);
      case THROW -> throw new IllegalStateException("thrown on purpose");
      case SIGTERM -> killMyself("TERM");
      case SIGKILL -> killMyself("KILL");
      case SEGV -> killMyself("SEGV");
      case HALT -> Runtime.getRuntime().halt(4);
      case OOM -> fillTheHeap();
    }
  }

  private static void killMyself(String signal) throws IOException, InterruptedException {
    String me = Long.toString(ProcessHandle.current().pid());
    new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + me).start();
    Thread.currentThread().join();
  }

  private static void fillTheHeap() {
    List<long[]> hoard = new ArrayList<>();
    while (true) {
      hoard.add(new long[1 << 20]);
    }
  }
}
