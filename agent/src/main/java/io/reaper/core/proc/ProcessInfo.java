package io.reaper.core.proc;

/**
 * One process as the kernel shows it at one moment.
 *
 * @param state the letter of proc(5): R, S, D, T (stopped), Z (zombie), ...
 * @param name the executable's name, cut at 15 characters
 */
public record ProcessInfo(
    ProcessId id, char state, int parent, int group, int session, String name) {
  /** The process's number. */
  public int pid() {
    return id.pid();
  }

  /** Whether it has ended and waits to be reaped. */
  public boolean isZombie() {
    return state == 'Z' || state == 'X';
  }

  /** Whether it was stopped by a signal. */
  public boolean isStopped() {
    return state == 'T';
  }
}
