package io.reaper.core.contain;

import io.reaper.core.observe.Log;
import io.reaper.core.posix.Posix;
import java.io.FileInputStream;
import java.io.IOException;

/**
 * Makes a process group where there is no /proc to look at its members: only one that is new, and
 * so holds no process but what this worker starts.
 */
final class UnseenGroup {
  /** The controlling terminal; without one, opening it is refused (tty(4)). */
  private static final String TERMINAL = "/dev/tty";

  private UnseenGroup() {}

  /** Puts this process into a group of its own; returns whether it is in one. */
  static boolean enter(int self, Posix posix, Log log) {
    String why = null;
    if (hasTerminal()) {
      why = "the worker is a terminal's, whose keys and jobs it would leave";
    } else {
      int before = posix.getpgid(0);
      int answer = before < 0 ? before : before == self ? 0 : posix.setpgid(0, 0);
      if (before == self) {
        why = "the worker leads one already, and others may be in it";
      } else if (answer == -Posix.ENOSYS) {
        return false;
      } else if (answer < 0) {
        why = "setpgid answered errno " + -answer;
      }
    }
    if (why != null) {
      log.warn("cannot have a process group: without /proc only a new one is safe, and " + why);
    }
    return why == null;
  }

  private static boolean hasTerminal() {
    try {
      new FileInputStream(TERMINAL).close();
      return true;
    } catch (IOException none) {
      return false;
    }
  }
}
