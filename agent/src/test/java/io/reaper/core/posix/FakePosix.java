package io.reaper.core.posix;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** A kernel that writes down what it is asked for, and refuses what it is told to refuse. */
public class FakePosix implements Posix {
  private final List<String> calls = new ArrayList<>();
  private final Map<Signal, Long> dispositions = new EnumMap<>(Signal.class);
  private IntConsumer reaped = pid -> {};
  private IntConsumer killed = pid -> {};
  private boolean refusing;
  private boolean refusingLimits;
  private long softLimit;
  private int group = 1;
  private int probed = -ENOSYS;

  /** Every call so far, as {@code prctl(36, 1)}. */
  public List<String> calls() {
    return calls;
  }

  /** The application's own doing. */
  public void dispose(Signal signal, long handler) {
    dispositions.put(signal, handler);
  }

  /** Is told of each process that is reaped. */
  public void onReaped(IntConsumer listener) {
    reaped = listener;
  }

  /** What each signal does, before it is answered. */
  public void onKill(IntConsumer effect) {
    killed = effect;
  }

  /** The process group that the caller is in. */
  public void isInGroup(int number) {
    group = number;
  }

  /** From now on the answer is EPERM. */
  public void refuse() {
    refusing = true;
  }

  private int answer(String call) {
    calls.add(call);
    return refusing ? -EPERM : 0;
  }

  @Override
  public int closeOnExec(int descriptor) {
    return 0;
  }

  @Override
  public int kill(int pid, Signal signal) {
    killed.accept(pid);
    return answer("kill(" + pid + ", " + signal + ")");
  }

  /** The answer to {@link #probe}. */
  public void answerProbes(int answer) {
    probed = answer;
  }

  @Override
  public int probe(int pid) {
    return probed;
  }

  @Override
  public int getpgid(int pid) {
    return group;
  }

  @Override
  public int setpgid(int pid, int group) {
    return answer("setpgid(" + pid + ", " + group + ")");
  }

  @Override
  public int setsid() {
    return answer("setsid()");
  }

  @Override
  public int prctl(int option, long argument) {
    return answer("prctl(" + option + ", " + argument + ")");
  }

  @Override
  public int setSoftLimit(int resource, long soft) {
    int asked = answer("setSoftLimit(" + resource + ")");
    int answer = refusingLimits ? -EPERM : asked;
    softLimit = answer < 0 ? softLimit : soft;
    return answer;
  }

  /** The last that was set, or 0. */
  public long softLimit() {
    return softLimit;
  }

  /** From now on limits are not to be set. */
  public void refuseLimits() {
    refusingLimits = true;
  }

  @Override
  public int lowerSoftLimitOf(int child, int resource, long soft) {
    return answer("lowerSoftLimitOf(" + child + ", " + resource + ", " + soft + ")");
  }

  @Override
  public long disposition(Signal signal) {
    return refusing ? SIG_ERR : dispositions.getOrDefault(signal, SIG_DFL);
  }

  @Override
  public long signal(Signal signal, long handler) {
    if (answer("signal(" + signal + ", " + handler + ")") < 0) {
      return SIG_ERR;
    }
    long before = disposition(signal);
    dispositions.put(signal, handler);
    return before;
  }

  @Override
  public int unblock(Signal signal) {
    return answer("unblock(" + signal + ")");
  }

  @Override
  public int passOn(int[] signals, int pid) {
    return answer("passOn(" + pid + ")");
  }

  @Override
  public int waitpid(int pid, int options) {
    if (answer("waitpid(" + pid + ", " + options + ")") < 0) {
      return -EPERM;
    }
    reaped.accept(pid);
    return pid;
  }
}
