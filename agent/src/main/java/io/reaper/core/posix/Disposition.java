package io.reaper.core.posix;

/** What the process does with one signal (signal(7), "Signal dispositions"). */
public final class Disposition {
  private final Posix posix;
  private final Signal signal;
  private long before = Posix.SIG_DFL;

  /** Of that signal. */
  public Disposition(Posix posix, Signal signal) {
    this.posix = posix;
    this.signal = signal;
  }

  /** Ignores it. Answers false, and changes nothing, if somebody handles it. */
  public boolean ignore() {
    return isNobodys() && set(Posix.SIG_IGN);
  }

  /** Back to the kernel's default. Answers false, and changes nothing, if somebody handles it. */
  public boolean toDefault() {
    if (!isNobodys()) {
      return before == Posix.SIG_ERR;
    }
    return before == Posix.SIG_DFL || set(Posix.SIG_DFL);
  }

  /** Asked first: signal(2) puts a handler back without the flags that it was set with. */
  private boolean isNobodys() {
    before = posix.disposition(signal);
    return before == Posix.SIG_DFL || before == Posix.SIG_IGN;
  }

  private boolean set(long handler) {
    return posix.signal(signal, handler) != Posix.SIG_ERR;
  }

  /** Back to what it was before {@link #ignore}. */
  public void restore() {
    posix.signal(signal, before);
  }
}
