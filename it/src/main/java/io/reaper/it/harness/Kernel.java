package io.reaper.it.harness;

import jnr.constants.platform.Signal;
import jnr.ffi.LibraryLoader;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** What the kernel says of a process and does to it, by system calls and not by programs. */
final class Kernel {

  private static final POSIX POSIX = POSIXFactory.getNativePOSIX();
  private static final LibC LIB_C = LibraryLoader.create(LibC.class).load("c");

  /** What jnr-posix does not have. */
  public interface LibC {
    int getsid(int pid);
  }

  private Kernel() {}

  /** Sends the signal of this name, such as TERM, unless the process is gone or another user's. */
  static void kill(long pid, String signal) {
    POSIX.kill(Math.toIntExact(pid), Signal.valueOf("SIG" + signal).intValue());
  }

  /** Returns the process group, or 0 if the process is gone. */
  static long group(long pid) {
    return Math.max(0, POSIX.getpgid(Math.toIntExact(pid)));
  }

  /** Returns the session, or 0 if the process is gone. */
  static long session(long pid) {
    return Math.max(0, LIB_C.getsid(Math.toIntExact(pid)));
  }
}
