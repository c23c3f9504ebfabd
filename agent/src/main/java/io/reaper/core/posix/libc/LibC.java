package io.reaper.core.posix.libc;

import com.kenai.jffi.Calls;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;

/** Calls the C library through jffi, or by the JDK itself. */
public final class LibC implements Posix {
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;

  /** More than the 152 bytes that the structure has in glibc and musl. */
  private static final int LARGEST_SIGACTION = 512;

  private static final long RLIM_INFINITY = -1;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIZE_OF_SIGSET = 128;

  private final Calls calls;
  private final long kill;
  private final long setpgid;
  private final long fcntl;
  private final long setsid;
  private final long prctl;
  private final long getrlimit;
  private final long setrlimit;
  private final long prlimit;
  private final long sigaction;
  private final long signal;
  private final long waitpid;

  /** Loads jffi's native part from that file; without one, the JDK itself makes the calls. */
  public LibC(String stub) throws ReflectiveOperationException {
    calls = stub == null ? ForeignCalls.open() : new Calls(stub);
    kill = calls.address("kill");
    setpgid = calls.address("setpgid");
    fcntl = calls.address("fcntl");
    setsid = calls.address("setsid");
    prctl = ifThere("prctl");
    getrlimit = calls.address("getrlimit");
    setrlimit = calls.address("setrlimit");
    prlimit = ifThere("prlimit");
    sigaction = calls.address("sigaction");
    signal = calls.address("signal");
    waitpid = calls.address("waitpid");
  }

  /** Returns the address of a function that Linux alone has, or zero. */
  private long ifThere(String function) {
    try {
      return calls.address(function);
    } catch (UnsatisfiedLinkError absent) {
      return 0;
    }
  }

  @Override
  public int kill(int pid, Signal what) {
    return call(kill, pid, what.number(), 0);
  }

  @Override
  public int probe(int pid) {
    return call(kill, pid, 0, 0);
  }

  @Override
  public int setpgid(int pid, int group) {
    return call(setpgid, pid, group, 0);
  }

  @Override
  public int getpgid(int pid) {
    return call(calls.address("getpgid"), pid, 0, 0);
  }

  @Override
  public int closeOnExec(int descriptor) {
    return call(fcntl, descriptor, F_SETFD, FD_CLOEXEC);
  }

  @Override
  public int setsid() {
    return call(setsid, 0, 0, 0);
  }

  @Override
  public int prctl(int option, long argument) {
    return prctl == 0 ? -ENOSYS : call(prctl, option, argument, 0);
  }

  @Override
  public int setSoftLimit(int resource, long soft) {
    long limits = calls.allocate(2 * Long.BYTES);
    try {
      int answer = call(getrlimit, resource, limits, 0);
      if (answer < 0) {
        return answer;
      }
      calls.put(limits, soft);
      return call(setrlimit, resource, limits, 0);
    } finally {
      calls.free(limits);
    }
  }

  @Override
  public int lowerSoftLimitOf(int child, int resource, long soft) {
    if (prlimit == 0) {
      return -ENOSYS;
    }
    long limits = calls.allocate(2 * Long.BYTES);
    try {
      int answer = answer(calls.call(prlimit, child, resource, 0, limits));
      if (answer < 0 || calls.get(limits) != RLIM_INFINITY) {
        return answer;
      }
      calls.put(limits, soft);
      return answer(calls.call(prlimit, child, resource, limits, 0));
    } finally {
      calls.free(limits);
    }
  }

  @Override
  public long disposition(Signal what) {
    long old = calls.allocate(LARGEST_SIGACTION);
    try {
      // The handler is the structure's first member on every architecture that a JVM runs on.
      return call(sigaction, what.number(), 0, old) < 0 ? SIG_ERR : calls.get(old);
    } finally {
      calls.free(old);
    }
  }

  @Override
  public long signal(Signal what, long handler) {
    return calls.call(signal, what.number(), handler, 0);
  }

  @Override
  public int unblock(Signal what) {
    long set = calls.allocate(SIZE_OF_SIGSET);
    try {
      calls.put(set, new byte[SIZE_OF_SIGSET]);
      calls.put(set, 1L << what.number() - 1);
      return (int) -calls.call(calls.address("pthread_sigmask"), SIG_UNBLOCK, set, 0);
    } finally {
      calls.free(set);
    }
  }

  @Override
  public int passOn(int[] signals, int pid) {
    if (pid == 0) {
      for (int each : signals) {
        calls.call(signal, each, SIG_IGN, 0);
      }
      return 0;
    }
    return new PassOn(calls).install(signals, pid);
  }

  @Override
  public int waitpid(int pid, int options) {
    return call(waitpid, pid, 0, options);
  }

  /**
   * Calls a function of int arguments: on every 64-bit Linux an int travels in a register as a long
   * does.
   */
  private int call(long function, long a, long b, long c) {
    return answer(calls.call(function, a, b, c));
  }

  private int answer(long returned) {
    return (int) returned == -1 ? -calls.errno() : (int) returned;
  }
}
