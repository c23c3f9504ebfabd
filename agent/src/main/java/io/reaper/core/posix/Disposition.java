package io.reaper.core.posix;

/** Changes what the process does with one signal (signal(7), "Signal dispositions"). */
public final class Disposition {
  private final Posix posix;
  private final Signal signal;

  /** Creates the disposition of that signal. */
  public Disposition(Posix posix, Signal signal) {
    this.posix = posix;
    this.signal = signal;
  }

  /** Ignores the signal. Returns false, and changes nothing, if it has a handler. */
  public boolean ignore() {
    return hasNoHandler(posix.disposition(signal)) && set(Posix.SIG_IGN);
  }

  /** Goes back to the kernel's default. Returns false, and changes nothing, if it has a handler. */
  public boolean toDefault() {
    long now = posix.disposition(signal);
    if (!hasNoHandler(now)) {
      return now == Posix.SIG_ERR;
    }
    return now == Posix.SIG_DFL || set(Posix.SIG_DFL);
  }

  /** Asked first, because signal(2) puts a handler back without the flags that it was set with. */
  private static boolean hasNoHandler(long disposition) {
    return disposition == Posix.SIG_DFL || disposition == Posix.SIG_IGN;
  }

  private boolean set(long handler) {
    return posix.signal(signal, handler) != Posix.SIG_ERR;
  }
}
