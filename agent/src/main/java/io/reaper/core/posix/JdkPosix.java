package io.reaper.core.posix;

import java.util.Optional;

/**
 * Does what the JDK itself can do of {@link Posix}: SIGTERM and SIGKILL, and nothing else. It needs
 * no native library, and most workers never need more.
 */
final class JdkPosix implements Posix {
  @Override
  public int kill(int pid, Signal signal) {
    if (signal != Signal.TERM && signal != Signal.KILL) {
      return -ENOSYS;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isEmpty()) {
      return -ESRCH;
    }
    boolean sent =
        signal == Signal.KILL ? process.get().destroyForcibly() : process.get().destroy();
    // The JDK keeps the errno to itself; for a process that exists, EPERM is kill(2)'s only
    // refusal.
    return sent ? 0 : process.get().isAlive() ? -EPERM : -ESRCH;
  }
}
