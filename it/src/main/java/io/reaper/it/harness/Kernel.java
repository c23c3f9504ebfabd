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

  /**
   * Sends the signal of this name or number, such as TERM or 34, unless the process is gone or
   * another user's.
   */
  static void kill(long pid, String signal) {
    boolean isNumber = Character.isDigit(signal.charAt(0));
    POSIX.kill(
        Math.toIntExact(pid),
        isNumber ? Integer.parseInt(signal) : Signal.valueOf("SIG" + signal).intValue());
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
