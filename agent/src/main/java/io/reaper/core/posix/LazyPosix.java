package io.reaper.core.posix;

import io.reaper.core.observe.Log;

/**
 * Makes system calls by the JDK's own means as long as they suffice, and through the C library from
 * the first call on that needs it. Where the C library is not available, it warns once and returns
 * ENOSYS from then on.
 */
public final class LazyPosix implements Posix, Runnable {
  /**
   * The number of signals from which loading pays: the JDK looks at a process twice for each
   * signal.
   */
  private static final int WORTH_LOADING = 100;

  private final NativeAccess access;
  private final Log log;
  private final JdkPosix jdk = new JdkPosix();
  private volatile Posix libc;
  private int jdkKills;

  /** Creates it; the C library is loaded through that access when a call needs it. */
  public LazyPosix(NativeAccess access, Log log) {
    this.access = access;
    this.log = log;
  }

  /** Returns the C library, which is loaded now if it was not. */
  public Posix libc() {
    return libc(false);
  }

  /** Loads the C library on a thread of its own; a caller that needs it earlier waits. */
  public void loadMeanwhile() {
    jdkKills = WORTH_LOADING;
    Thread loading = new Thread(this, "reaper-native");
    loading.setDaemon(true);
    loading.start();
  }

  /** Loads the C library, for {@link #loadMeanwhile}. */
  @Override
  public void run() {
    libc();
  }

  private synchronized Posix libc(boolean quietly) {
    if (libc == null) {
      try {
        libc = access.open();
      } catch (Throwable refused) {
        String reason =
            refused instanceof IllegalStateException ? refused.getMessage() : refused.toString();
        if (quietly) {
          log.info("cannot call the C library (" + reason + ")");
          return jdk;
        }
        log.warn(
            "cannot call the C library ("
                + reason
                + "); process groups, subreaper, CONT and signals other than TERM and KILL are not"
                + " available");
        libc = jdk;
      }
    }
    return libc;
  }

  @Override
  public int kill(int pid, Signal signal) {
    if (libc == null
        && (signal == Signal.TERM || signal == Signal.KILL)
        && jdkKills++ < WORTH_LOADING) {
      return jdk.kill(pid, signal);
    }
    return libc().kill(pid, signal);
  }

  /** Returns ENOSYS without a warning, as {@link #closeOnExec} does. */
  @Override
  public int probe(int pid) {
    return libc(true).probe(pid);
  }

  @Override
  public int setpgid(int pid, int group) {
    return libc().setpgid(pid, group);
  }

  @Override
  public int getpgid(int pid) {
    return libc().getpgid(pid);
  }

  /**
   * Returns ENOSYS without a warning where there is no C library, because no mode depends on it.
   */
  @Override
  public int closeOnExec(int descriptor) {
    return libc(true).closeOnExec(descriptor);
  }

  @Override
  public int setsid() {
    return libc().setsid();
  }

  @Override
  public int prctl(int option, long argument) {
    return libc().prctl(option, argument);
  }

  @Override
  public int setSoftLimit(int resource, long soft) {
    return libc().setSoftLimit(resource, soft);
  }

  @Override
  public int lowerSoftLimitOf(int child, int resource, long soft) {
    return libc().lowerSoftLimitOf(child, resource, soft);
  }

  @Override
  public long disposition(Signal signal) {
    return libc().disposition(signal);
  }

  @Override
  public long signal(Signal signal, long handler) {
    return libc().signal(signal, handler);
  }

  @Override
  public int unblock(Signal signal) {
    return libc().unblock(signal);
  }

  @Override
  public int passOn(int[] signals, int pid) {
    return libc().passOn(signals, pid);
  }

  @Override
  public int waitpid(int pid, int options) {
    return libc().waitpid(pid, options);
  }
}
