package io.reaper.core.posix;

import java.util.Locale;

/**
 * Names the signals of Linux that the agent sends, with their numbers on every architecture a JVM
 * runs on (signal(7); MIPS and SPARC, which differ, are not among them).
 */
public enum Signal {
  HUP(1),
  INT(2),
  QUIT(3),
  ABRT(6),
  KILL(9),
  USR1(10),
  USR2(12),
  ALRM(14),
  TERM(15),
  CHLD(17),
  CONT(18),
  STOP(19),
  WINCH(28);

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /** Returns the kernel's number. */
  public int number() {
    return number;
  }

  /**
   * Returns the signal of that name, with or without SIG, or of that number; null if there is none.
   */
  public static Signal of(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    for (Signal signal : values()) {
      if (name.equals(signal.name())
          || name.equals("SIG".concat(signal.name()))
          || name.equals(Integer.toString(signal.number))) {
        return signal;
      }
    }
    return null;
  }
}
