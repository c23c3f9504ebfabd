package io.reaper.core.proc;

import java.io.File;

/** Tells a look that has failed from one that has found nothing. */
final class FailedLook {
  /** Where descriptors come and go, one of so many looks finds one free. */
  private static final int MOST_TRIES = 4;

  private FailedLook() {}

  /**
   * Whether a look is not to be tried again: what could not be read is gone or not for this user,
   * or refuses though others can be read, as the environment of a process that is ending does.
   * Counts one that has failed for want of a descriptor.
   */
  static boolean isOver(String file, int tries, ProcFs proc) {
    if (!new File(file).canRead()) {
      return true;
    }
    if (proc.canLook()) {
      return tries == MOST_TRIES;
    }
    proc.lookHasFailed();
    return true;
  }
}
