package io.reaper.core.sentinel;

import io.reaper.core.observe.Log;
import io.reaper.core.spawn.OwnProcesses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Has the worker's process group killed in one stroke after its death, where there is no /proc. The
 * sentinel is a member of the group and kills its own: as long as it is there, no other group has
 * that number (setpgid(2)), and no other process the worker's.
 */
final class GroupSentinel {
  private final Process sentinel;

  private GroupSentinel(Process sentinel) {
    this.sentinel = sentinel;
  }

  /** Starts the sentinel; returns null, and says so, if that cannot be. */
  static GroupSentinel start(OwnProcesses ownProcesses, int worker, Log log) {
    ProcessBuilder command = SentinelCommand.ofGroup(worker);
    try {
      if (command == null) {
        throw new IOException("there is no sh in PATH");
      }
      command.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      command.redirectError(ProcessBuilder.Redirect.DISCARD);
      return new GroupSentinel(ownProcesses.start(command));
    } catch (IOException refused) {
      log.warn(
          "cannot start the sentinel ("
              + refused.getMessage()
              + "); the worker's process group outlives it");
      return null;
    }
  }

  /** Dismisses the sentinel, which ends without doing anything. */
  void dismiss() {
    try {
      byte[] done = SentinelCommand.DONE.concat("\n").getBytes(StandardCharsets.US_ASCII);
      sentinel.getOutputStream().write(done);
      sentinel.getOutputStream().flush();
    } catch (IOException gone) {
      // It has ended already, as it was to.
      return;
    }
  }
}
