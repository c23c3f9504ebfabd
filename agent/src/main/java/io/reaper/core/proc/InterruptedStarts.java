package io.reaper.core.proc;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Finds what a dead JVM was starting when it died. */
public final class InterruptedStarts {
  private static final String SPAWN_HELPER = "jspawnhelper";

  private InterruptedStarts() {}

  /**
   * Returns the JDK's helpers, each of which holds all that the JVM had open until it becomes the
   * program to run. A helper whose pipe another one holds open, too, would wait for ever.
   *
   * @param open a file that only that JVM keeps open
   * @param since none of them is older than that
   */
  public static List<ProcessInfo> of(ProcFs proc, File open, ProcessId since) {
    List<ProcessInfo> caught = new ArrayList<>();
    for (ProcessInfo process : proc.snapshot().processes()) {
      // A helper whose parent is a JVM may be that JVM's, and has the file open for a moment.
      if (process.name().equals(SPAWN_HELPER)
          && process.id().start() >= since.start()
          && proc.details(process.pid()).hasOpen(open)
          && !mayBeOfALivingJvm(process, proc)) {
        caught.add(process);
      }
    }
    return caught;
  }

  /**
   * Whether the parent is a JVM, or does not show what it has loaded: not every one of the same
   * user is dumpable (prctl(2)). Orphans come to the first process, which rarely shows it, or to a
   * subreaper: a systemd of that user has a capability more, and one thread.
   */
  private static boolean mayBeOfALivingJvm(ProcessInfo helper, ProcFs proc) {
    ProcessDetails parent = proc.details(helper.parent());
    if (parent.showsMaps() || helper.parent() == ProcessId.INIT) {
      return parent.isJvm();
    }
    int user = parent.user();
    return user < 0 || user == proc.details(helper.pid()).user() && !parent.isSingleThreaded();
  }
}
