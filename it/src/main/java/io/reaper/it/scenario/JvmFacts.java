package io.reaper.it.scenario;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogManager;
import java.util.stream.Stream;
import javax.management.MBeanServerBuilder;

/** A worker that prints all that it can tell about the JVM that it runs in. */
public final class JvmFacts {

  /** As an application server sets it at the start of main. */
  public static final class OwnLogManager extends LogManager {}

  /** As an application server sets it at the start of main. */
  public static final class OwnServerBuilder extends MBeanServerBuilder {
    private static volatile boolean used;

    public OwnServerBuilder() {
      used = true;
    }
  }

  private JvmFacts() {}

  public static void main(String[] args) throws Exception {
    printThreads("before");
    System.setProperty("java.util.logging.manager", OwnLogManager.class.getName());
    System.setProperty("javax.management.builder.initial", OwnServerBuilder.class.getName());
    print("property", new TreeMap<>(System.getProperties()));
    print("environment", new TreeMap<>(System.getenv()));
    print("child's environment", Map.of("", output("env")));
    print("child's signals", Map.of("", output("grep", "Sig[BIC]", "/proc/self/status")));
    print("log manager", Map.of("", LogManager.getLogManager().getClass()));
    ManagementFactory.getPlatformMBeanServer();
    print("own MBeanServerBuilder", Map.of("", OwnServerBuilder.used));
    Stream.of(
            "io.reaper.core.Reaper",
            "net.bytebuddy.ByteBuddy",
            "net.bytebuddy.jar.asm.ClassWriter",
            "com.kenai.jffi.Foreign",
            "jnr.ffi.Runtime",
            "picocli.CommandLine")
        .forEach(name -> print("visible", Map.of(name, isVisible(name))));
    print("children", Map.of("", ProcessHandle.current().children().count()));
    print("descendants", Map.of("", ProcessHandle.current().descendants().count()));
    print("uncaught", Map.of("", "" + Thread.getDefaultUncaughtExceptionHandler()));
    printThreads("after");
  }

  private static void print(String what, Map<?, ?> values) {
    values.forEach((key, value) -> System.out.println(what + " " + key + ": " + value));
  }

  private static void printThreads(String when) {
    Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(thread -> thread.getName() + (thread.isDaemon() ? " (daemon)" : ""))
        .sorted()
        .forEach(name -> System.out.println("thread " + when + ": " + name));
  }

  private static String output(String... command) throws Exception {
    Process child = new ProcessBuilder(command).start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return child.waitFor() + " " + out;
  }

  private static boolean isVisible(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
