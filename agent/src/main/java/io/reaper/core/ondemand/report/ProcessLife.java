package io.reaper.core.ondemand.report;

/**
 * Holds what is known of one process, from its start to its end. Times are milliseconds after 1970.
 */
final class ProcessLife {
  /** Says how the process ended; the leaks come first. */
  enum Ending {
    ALIVE("still there"),
    KILLED("killed by the agent"),
    SIGNALLED("ended by a signal: the application's, or another's"),
    FAILED("failed: ended with a status other than 0"),
    EXITED("ended by itself");

    private final String words;

    Ending(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }

    /** Whether the worker, or its application, should have ended the process. */
    boolean isLeak() {
      return this == ALIVE || this == KILLED;
    }
  }

  /**
   * The first exit status that says that a signal ended the process, and the last (wait(2),
   * signal(7)).
   */
  private static final int FIRST_SIGNALLED = 129;

  private static final int LAST_SIGNALLED = 128 + 64;

  private final int pid;
  private final String command;
  private String startedBy;
  private long startMillis;
  private long endMillis;
  private Ending ending = Ending.ALIVE;
  private String note = "";
  private int parent;
  private int child;
  private ProcessLife under;

  ProcessLife(int pid, String command, String startedBy, long startMillis) {
    this.pid = pid;
    this.command = command;
    this.startedBy = startedBy;
    this.startMillis = startMillis;
    this.endMillis = startMillis;
  }

  void wasStartedBy(String line) {
    startedBy = line;
  }

  /**
   * Notes what the process descends from.
   *
   * @param parentPid its parent when it was looked at, or 0
   * @param childPid the child of the worker that it is or descends from, or 0
   */
  void descendsFrom(int parentPid, int childPid) {
    parent = parentPid;
    child = childPid == 0 ? child : childPid;
  }

  int parent() {
    return parent;
  }

  int child() {
    return child;
  }

  /** Hangs this life below the one that started it, unless that one hangs below this. */
  void hangBelow(ProcessLife above) {
    ProcessLife at = above;
    while (at != null && at != this) {
      at = at.under;
    }
    under = at == null ? above : null;
  }

  /** Returns the life that this one hangs below, or null. */
  ProcessLife under() {
    return under;
  }

  void exited(int status, long atMillis) {
    boolean signalled = status >= FIRST_SIGNALLED && status <= LAST_SIGNALLED;
    String said = signalled ? "signal " + (status - 128) : "status " + status;
    if (ending == Ending.KILLED) {
      note += ", " + said;
      return;
    }
    ending = signalled ? Ending.SIGNALLED : status == 0 ? Ending.EXITED : Ending.FAILED;
    note = said;
    endMillis = atMillis;
  }

  /** Ends the life of an orphan, whose status is not known. */
  void vanished(long atMillis) {
    if (ending == Ending.ALIVE) {
      ending = Ending.EXITED;
      note = "status unknown";
      endMillis = atMillis;
    }
  }

  void killed(String signal, String reason, long atMillis) {
    String said = ending == Ending.ALIVE ? "" : ", " + note;
    ending = Ending.KILLED;
    note = "SIG" + signal + ", " + reason + said;
    endMillis = atMillis;
  }

  /** Notes that an orphan is older than its adoption. */
  void isAsOldAs(long ageMillis, long atMillis) {
    startMillis = Math.min(startMillis, atMillis - ageMillis);
  }

  /** Notes why the process may live on. */
  void left(String why) {
    if (ending == Ending.ALIVE) {
      note = why;
    }
  }

  /**
   * Ends the life at a moment when the process was still there, and after which nothing is known.
   */
  void leftAt(long atMillis) {
    if (ending == Ending.ALIVE) {
      endMillis = Math.max(startMillis, atMillis);
      note = note.isEmpty() ? "its end was not seen" : note;
    }
  }

  int pid() {
    return pid;
  }

  String command() {
    return command;
  }

  String startedBy() {
    return startedBy;
  }

  /** Returns class and method, without the line. */
  String method() {
    int file = startedBy.indexOf('(');
    return file < 0 ? startedBy : startedBy.substring(0, file);
  }

  long startMillis() {
    return startMillis;
  }

  long endMillis() {
    return endMillis;
  }

  Ending ending() {
    return ending;
  }

  String note() {
    return note;
  }
}
