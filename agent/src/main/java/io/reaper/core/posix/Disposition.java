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
    before = posix.signal(signal, Posix.SIG_IGN);
    if (before == Posix.SIG_DFL || before == Posix.SIG_IGN) {
      return true;
    }
    if (before != Posix.SIG_ERR) {
      restore();
    }
    return false;
  }

  /** Back to the kernel's default. Answers false, and changes nothing, if somebody handles it. */
  public boolean toDefault() {
    before = posix.signal(signal, Posix.SIG_DFL);
    if (before == Posix.SIG_DFL || before == Posix.SIG_IGN || before == Posix.SIG_ERR) {
      return true;
    }
    restore();
    return false;
  }

  /** Back to what it was before {@link #ignore}. */
  public void restore() {
    posix.signal(signal, before);
  }
}
