package io.reaper.core.end;

import io.reaper.core.end.Targets.Target;
import io.reaper.core.observe.Log;
import java.util.List;

/** Says in one line which processes were ended, and why each was the worker's. */
public final class Report {
  /** How many processes are named where the log is to be short. */
  static final int NAMED = 10;

  static final String UNKILLED = "not dead a second after SIGKILL";
  static final String REFUSED = "could not be signalled: Operation not permitted (another user's)";
  static final String HIDDEN = "not to be seen in /proc (hidepid, proc(5), or too many open files)";

  private static final int LONGEST_COMMAND = 100;

  /** The state of uninterruptible sleep (proc(5), /proc/PID/stat, field 3). */
  private static final char UNINTERRUPTIBLE = 'D';

  private final Log log;
  private final String prefix;

  /** Creates a report whose lines begin with the prefix. */
  public Report(Log log, String prefix) {
    this.log = log;
    this.prefix = prefix;
  }

  /** Tells what was ended, and what is left; nothing if no process had to be ended. */
  public void tell(Termination.Outcome outcome) {
    if (!outcome.ended().isEmpty()) {
      log.warn(prefix + "killed " + describe(outcome.ended()));
    }
    tellOfThoseLeft(outcome);
  }

  /** Tells the same, where it is an error that a process had to be ended. */
  public void tellAsError(Termination.Outcome outcome) {
    if (!outcome.ended().isEmpty()) {
      log.error(prefix + "killed " + describe(outcome.ended()));
    }
    tellOfThoseLeft(outcome);
  }

  /** Says which processes may live on, and why. */
  public void tellOfThoseKept(List<Target> kept) {
    if (!kept.isEmpty()) {
      log.info(prefix + "kept " + describe(kept));
    }
  }

  private void tellOfThoseLeft(Termination.Outcome outcome) {
    tellOfThoseLeft(UNKILLED, outcome.left());
    tellOfThoseLeft(REFUSED, outcome.refusing());
    tellOfThoseLeft(HIDDEN, outcome.hidden());
  }

  private void tellOfThoseLeft(String why, List<Target> left) {
    if (!left.isEmpty()) {
      log.error(prefix + why + ", and left behind: " + describe(left));
    }
  }

  private String describe(List<Target> targets) {
    StringBuilder text = new StringBuilder();
    text.append(targets.size()).append(targets.size() == 1 ? " process: " : " processes: ");
    int named = log.informs() ? targets.size() : Math.min(NAMED, targets.size());
    for (int i = 0; i < named; i++) {
      Target target = targets.get(i);
      text.append(i == 0 ? "" : ", ").append(target.process().name());
      text.append('[').append(target.id().pid()).append("] (");
      if (UNINTERRUPTIBLE == target.process().state()) {
        text.append("in uninterruptible sleep, or frozen; ");
      }
      text.append(target.reason()).append(')').append(quoted(target.command()));
    }
    int more = targets.size() - named;
    return more > 0
        ? text.append(" and ").append(more).append(" more").toString()
        : text.toString();
  }

  private static String quoted(String command) {
    if (command.isEmpty()) {
      return "";
    }
    return command.length() > LONGEST_COMMAND
        ? " \"" + command.substring(0, LONGEST_COMMAND) + "...\""
        : " \"" + command + "\"";
  }
}
