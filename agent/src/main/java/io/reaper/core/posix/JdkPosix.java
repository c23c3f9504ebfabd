package io.reaper.core.posix;

import java.util.Optional;

/**
 * What the JDK itself can do of {@link Posix}: SIGTERM and SIGKILL, and nothing else. It costs no
 * native library, and it is all that most workers ever need.
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
    // The JDK keeps the errno to itself; of a process that is there, kill(2) refuses no other way.
    return sent ? 0 : process.get().isAlive() ? -EPERM : -ESRCH;
  }
}
