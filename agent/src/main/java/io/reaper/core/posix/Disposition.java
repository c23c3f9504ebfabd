package io.reaper.core.posix;

/** Changes what the process does with one signal (signal(7), "Signal dispositions"). */
public final class Disposition {
  private final Posix posix;
  private final Signal signal;
  private long before = Posix.SIG_DFL;

  /** Creates the disposition of that signal. */
  public Disposition(Posix posix, Signal signal) {
    this.posix = posix;
    this.signal = signal;
  }

  /** Ignores the signal. Returns false, and changes nothing, if it has a handler. */
  public boolean ignore() {
    return isNobodys() && set(Posix.SIG_IGN);
  }

  /** Goes back to the kernel's default. Returns false, and changes nothing, if it has a handler. */
  public boolean toDefault() {
    if (!isNobodys()) {
      return before == Posix.SIG_ERR;
    }
    return before == Posix.SIG_DFL || set(Posix.SIG_DFL);
  }

  /**
   * Whether the signal has no handler. Asked first, because signal(2) puts a handler back without
   * the flags that it was set with.
   */
  private boolean isNobodys() {
    before = posix.disposition(signal);
    return before == Posix.SIG_DFL || before == Posix.SIG_IGN;
  }

  private boolean set(long handler) {
    return posix.signal(signal, handler) != Posix.SIG_ERR;
  }

  /** Goes back to the disposition before {@link #ignore}. */
  public void restore() {
    posix.signal(signal, before);
  }
}
