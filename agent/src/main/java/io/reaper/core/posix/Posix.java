package io.reaper.core.posix;

/**
 * The few system calls that the agent makes, in the kernel's own words. Every one answers as the
 * raw call does: zero or a positive number for success, {@code -errno} for a failure. What there is
 * no way to call answers ENOSYS.
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

  /** errno(3): the call is not to be had. */
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

  /** kill(2). */
  int kill(int pid, Signal signal);

  /** setpgid(2); zero stands for the calling process. */
  default int setpgid(int pid, int group) {
    return -ENOSYS;
  }

  /** fcntl(2), F_SETFD with FD_CLOEXEC. */
  default int closeOnExec(int descriptor) {
    return -ENOSYS;
  }

  /** setsid(2). */
  default int setsid() {
    return -ENOSYS;
  }

  /** prctl(2) with one argument. */
  default int prctl(int option, long argument) {
    return -ENOSYS;
  }

  /** setrlimit(2) of the soft limit alone; the hard one stays what getrlimit(2) says it is. */
  default int setSoftLimit(int resource, long soft) {
    return -ENOSYS;
  }

  /** prlimit(2) of a child's soft limit alone, and only if it has none. */
  default int lowerSoftLimitOf(int child, int resource, long soft) {
    return -ENOSYS;
  }

  /** sigaction(2): the disposition as it is. */
  default long disposition(Signal signal) {
    return SIG_ERR;
  }

  /** signal(2): sets the disposition, and answers the one before. */
  default long signal(Signal signal, long handler) {
    return SIG_ERR;
  }

  /** pthread_sigmask(3): this thread, and what it forks, blocks that signal no more. */
  default int unblock(Signal signal) {
    return -ENOSYS;
  }

  /**
   * sigaction(2): from now on each of these signals, by their numbers, is sent on to that process,
   * but for what the kernel itself sends, as for a terminal's keys: that goes to the whole
   * foreground group. Process 0 has them ignored.
   */
  default int passOn(int[] signals, int pid) {
    return -ENOSYS;
  }

  /** waitpid(2) without the status; answers the pid that was reaped, or zero. */
  default int waitpid(int pid, int options) {
    return -ENOSYS;
  }
}
