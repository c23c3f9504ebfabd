package io.reaper.core.posix;

/**
 * Makes the few system calls that the agent needs, in the kernel's own words. Each returns what the
 * raw call does: zero or a positive number for success, {@code -errno} for a failure. A call that
 * there is no way to make returns ENOSYS.
 */
public interface Posix {
  /** prctl(2): option PR_SET_CHILD_SUBREAPER. */
  int PR_SET_CHILD_SUBREAPER = 36;

  /** getrlimit(2): file locks, which no kernel since 2.4.25 counts. */
  int RLIMIT_LOCKS = 10;

  /** getrlimit(2): the resident set, which no kernel since 2.4.30 limits. */
  int RLIMIT_RSS = 5;

  /** waitpid(2): return at once if the child has not changed. */
  int WNOHANG = 1;

  /** errno(3): the call is not available. */
  int ENOSYS = 38;

  /** errno(3): the operation is not permitted. */
  int EPERM = 1;

  /** errno(3): there is no such process. */
  int ESRCH = 3;

  /** signal(2): the default. */
  long SIG_DFL = 0;

  /** signal(2): ignored. */
  long SIG_IGN = 1;

  /** signal(2): refused. */
  long SIG_ERR = -1;

  /** Sends a signal: kill(2). */
  int kill(int pid, Signal signal);

  /** Asks whether a process is there, and sends nothing: kill(2) with the signal 0. */
  default int probe(int pid) {
    return -ENOSYS;
  }

  /** Sets the process group of a process: setpgid(2); zero stands for the calling process. */
  default int setpgid(int pid, int group) {
    return -ENOSYS;
  }

  /** Returns the process group of a process: getpgid(2); zero stands for the calling process. */
  default int getpgid(int pid) {
    return -ENOSYS;
  }

  /** Marks a descriptor to be closed by an exec: fcntl(2), F_SETFD with FD_CLOEXEC. */
  default int closeOnExec(int descriptor) {
    return -ENOSYS;
  }

  /** Starts a session: setsid(2). */
  default int setsid() {
    return -ENOSYS;
  }

  /** Calls prctl(2) with one argument. */
  default int prctl(int option, long argument) {
    return -ENOSYS;
  }

  /** Sets the soft limit alone by setrlimit(2); the hard one stays what getrlimit(2) says it is. */
  default int setSoftLimit(int resource, long soft) {
    return -ENOSYS;
  }

  /** Sets a child's soft limit alone by prlimit(2), and only if it has none. */
  default int lowerSoftLimitOf(int child, int resource, long soft) {
    return -ENOSYS;
  }

  /** Returns the disposition as it is: sigaction(2). */
  default long disposition(Signal signal) {
    return SIG_ERR;
  }

  /** Sets the disposition, and returns the one before: signal(2). */
  default long signal(Signal signal, long handler) {
    return SIG_ERR;
  }

  /** Unblocks that signal for this thread, and for what it forks: pthread_sigmask(3). */
  default int unblock(Signal signal) {
    return -ENOSYS;
  }

  /**
   * Sends each of these signals, by their numbers, on to that process from now on (sigaction(2)),
   * except what the kernel itself sends, as for a terminal's keys: that goes to the whole
   * foreground group. With process 0 they are ignored.
   */
  default int passOn(int[] signals, int pid) {
    return -ENOSYS;
  }

  /** Reaps a child without its status: waitpid(2); returns the pid that was reaped, or zero. */
  default int waitpid(int pid, int options) {
    return -ENOSYS;
  }
}
