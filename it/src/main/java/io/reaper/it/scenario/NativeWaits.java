package io.reaper.it.scenario;

import com.pty4j.PtyProcessBuilder;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcess;
import com.zaxxer.nuprocess.NuProcessBuilder;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.script.ScriptEngineManager;

/**
 * A worker whose native code starts children and waits for them by itself, the first of them when
 * SIGCHLD could have been ignored for long; prints how often it read which status.
 */
public final class NativeWaits {

  /** The C library. */
  public interface C extends Library {
    int system(String command);

    int posix_spawn(
        IntByReference pid,
        String path,
        Pointer actions,
        Pointer attributes,
        StringArray arguments,
        StringArray environment);

    int waitpid(int pid, IntByReference status, int options);
  }

  private static final String[] SEVEN = {"/bin/sh", "-c", "exit 7"};

  private NativeWaits() {}

  public static void main(String[] args) throws Exception {
    // A start of the JDK's, and time for the code that ignores SIGCHLD when it is over.
    new ProcessBuilder("true").start().waitFor();
    Thread.sleep(1500);
    int times = Integer.parseInt(args[2]);
    System.out.println(args[1] + " " + statuses(times, kind(args[1])));
    Map<Integer, Integer> told =
        statuses(20, () -> new ProcessBuilder("sh", "-c", "sleep 0.3 & exit 3").start().waitFor());
    System.out.println("ProcessBuilder " + told);
    System.out.println("ready");
    Ending.obey();
  }

  private static Callable<Integer> kind(String name) {
    return switch (name) {
      case "jna-system" -> () -> c().system("exit 7") >> 8;
      case "jna-system-of-a-shell" ->
          () -> c().system("sh -c 'exit 5'; test $? = 5 && exit 7; exit 1") >> 8;
      case "jna-posix_spawn" -> () -> waitFor(spawn());
      case "jna-posix_spawn-late" -> NativeWaits::late;
      case "jna-posix_spawn-in-a-thread" -> NativeWaits::inAThread;
      case "nuprocess" -> NativeWaits::nuProcess;
      case "pty4j" ->
          () -> new PtyProcessBuilder(SEVEN).setEnvironment(System.getenv()).start().waitFor();
      case "jruby" -> NativeWaits::jruby;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Map<Integer, Integer> statuses(int times, Callable<Integer> one) throws Exception {
    Map<Integer, Integer> statuses = new TreeMap<>();
    for (int i = 0; i < times; i++) {
      statuses.merge(one.call(), 1, Integer::sum);
    }
    return statuses;
  }

  private static C c() {
    return Native.load("c", C.class);
  }

  private static int spawn() throws IOException {
    IntByReference pid = new IntByReference();
    StringArray environment = new StringArray(new String[] {"PATH=/usr/bin:/bin"});
    if (c().posix_spawn(pid, SEVEN[0], null, null, new StringArray(SEVEN), environment) != 0) {
      throw new IOException("posix_spawn failed");
    }
    return pid.getValue();
  }

  private static int waitFor(int pid) {
    IntByReference status = new IntByReference();
    return c().waitpid(pid, status, 0) == pid ? status.getValue() >> 8 : -1;
  }

  // Long after it has ended, while a child of the JDK's keeps the thread that looks after children
  // awake.
  private static int late() throws Exception {
    Process other = new ProcessBuilder("sleep", "1000").start();
    int pid = spawn();
    Thread.sleep(2500);
    other.destroy();
    return waitFor(pid);
  }

  private static int inAThread() throws Exception {
    Process other = new ProcessBuilder("sleep", "1000").start();
    int[] pid = new int[1];
    Thread thread = new Thread(() -> pid[0] = quietly(NativeWaits::spawn));
    thread.start();
    thread.join();
    Thread.sleep(2500);
    other.destroy();
    return waitFor(pid[0]);
  }

  private static int quietly(Callable<Integer> what) {
    try {
      return what.call();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static int nuProcess() throws Exception {
    NuProcessBuilder builder = new NuProcessBuilder(SEVEN);
    builder.setProcessListener(new NuAbstractProcessHandler() {});
    NuProcess process = builder.start();
    return process == null ? -1 : process.waitFor(1, TimeUnit.MINUTES);
  }

  // By name: it is on the class path of the few builds that have it.
  private static int jruby() throws Exception {
    System.setProperty("org.jruby.embed.localcontext.scope", "singleton");
    Object status =
        new ScriptEngineManager().getEngineByName("jruby").eval("system('exit 7'); $?.exitstatus");
    return ((Number) status).intValue();
  }
}
