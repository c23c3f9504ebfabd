package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.ManySpawns;
import io.reaper.it.scenario.NativeWaits;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NativeCode;
import io.reaper.it.support.NeedsAgent;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Other code that waits for children in a subreaper's process reads true statuses. */
@Execution(ExecutionMode.CONCURRENT)
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record NativeWaitsIT(Jdk jdk) {

  private static final int FIRST_WITH_FOREIGN_FUNCTIONS = 22;

  /** One that was not seen alive, on a machine that is busy, may be native code's for a minute. */
  private static final Duration ZOMBIES_ARE_GONE_AFTER = Duration.ofMinutes(2);

  /** All jars that the tests themselves have; those of JRuby only in a build that asks for it. */
  private Launch launch() {
    Launch launch = Launch.on(jdk);
    launch.agent("subreaper=true,grace=0,dir=" + launch.dir().resolve("ledgers"));
    Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.matches(".*/(jna|nuprocess|pty4j|kotlin-stdlib|slf4j-api|jruby).*"))
        .forEach(entry -> launch.classPath(Path.of(entry)));
    return NativeCode.in(launch);
  }

  private static void expectNoZombies(Worker worker) {
    long pid = worker.launched().pid();
    until(ZOMBIES_ARE_GONE_AFTER, () -> Proc.zombiesOf(pid).isEmpty());
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({
    "jna-system, 50",
    "jna-system-of-a-shell, 20",
    "jna-posix_spawn, 50",
    "jna-posix_spawn-late, 1",
    "jna-posix_spawn-in-a-thread, 1",
    "nuprocess, 20",
    "pty4j, 20",
    "jruby, 5"
  })
  void everyStatusIsTheTrueOne(String kind, int times) {
    assumeThat(!kind.equals("jruby") || System.getProperty("java.class.path").contains("jruby"))
        .as("a build with -Pjruby")
        .isTrue();
    try (Worker worker = launch().start(NativeWaits.class, kind, String.valueOf(times))) {
      until(worker, () -> worker.stdout().endsWith("ready\n"));
      assertThat(worker.stdout())
          .contains(kind + " {7=" + times + "}\n", "ProcessBuilder {3=20}\n");
      assertThat(worker.launched().ignores(17)).isFalse();
      assertThat(worker.stderr()).doesNotContain("reaper-agent");
    }
  }

  @Test
  void orphansAreReapedWhereNativeCodeIsThere() {
    try (Worker worker = launch().start(NativeWaits.class, "jna-system", "1")) {
      until(worker, () -> worker.stdout().endsWith("ready\n"));
      expectNoZombies(worker);
    }
  }

  /** Java 22 and later call the C library without a library of the application's. */
  @Test
  void foreignFunctionReadsTheTrueStatus() throws Exception {
    assumeThat(jdk.feature()).isGreaterThanOrEqualTo(FIRST_WITH_FOREIGN_FUNCTIONS);
    Launch launch = launch().jvm("--enable-native-access=ALL-UNNAMED");
    Path source = launch.dir().resolve("Foreign.java");
    Files.writeString(
        source,
        """
        import java.lang.foreign.*;
        import java.lang.invoke.MethodHandle;
        public class Foreign {
          public static void main(String[] args) throws Throwable {
            new ProcessBuilder("true").start().waitFor();
            Thread.sleep(500);
            Linker linker = Linker.nativeLinker();
            MethodHandle system = linker.downcallHandle(
                linker.defaultLookup().find("system").get(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
            int right = 0;
            try (Arena arena = Arena.ofConfined()) {
              for (int i = 0; i < 50; i++) {
                right += (int) system.invoke(arena.allocateFrom("exit 7")) == 7 << 8 ? 1 : 0;
              }
            }
            System.out.println(right + " right");
          }
        }
        """);
    try (Worker worker = launch.start(jdk.java(), List.of(source.toString()))) {
      assertThat(worker.waitFor(60)).isZero();
      assertThat(worker.stdout()).isEqualTo("50 right\n");
    }
  }

  /** A Python that the JVM is embedded in starts and waits for children as ever. */
  @NeedsAgent
  @Test
  void programThatEmbedsTheJvmReadsTrueStatuses() {
    String python = System.getProperty("reaper.it.python", "python3");
    assumeThat(Machine.allows(python, "-c", "import jpype", ";")).as("JPype is there").isTrue();
    Launch launch = Launch.on(jdk);
    String script =
        """
        import jpype, subprocess, sys, time
        jpype.startJVM(sys.argv[1], '-javaagent:' + sys.argv[2])
        ProcessBuilder = jpype.JClass('java.lang.ProcessBuilder')
        assert ProcessBuilder(['sh', '-c', 'exit 3']).start().waitFor() == 3
        time.sleep(0.5)
        print([subprocess.call(['sh', '-c', 'exit 7']) for _ in range(20)] == [7] * 20)
        child = subprocess.Popen(['sh', '-c', "trap '' USR1; kill -USR1 $$; sh -c 'exit 5'"])
        other = ProcessBuilder(['sleep', '3']).start()
        time.sleep(2.5)
        print(child.wait())
        """;
    List<String> arguments =
        List.of(
            "-c",
            script,
            jdk.home().resolve("lib/server/libjvm.so").toString(),
            Launch.agentJar() + "=subreaper=true,dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = launch.start(Path.of(python), arguments)) {
      assertThat(worker.waitFor(60)).as(worker.stderr()).isZero();
      assertThat(worker.stdout()).isEqualTo("True\n5\n");
    }
  }

  /** The JDK's wait for an orphan, and what it says of that, are of one mind. */
  @Test
  void orphanWhoseEndIsToldIsNotAliveAnyMore() {
    try (Worker worker = launch().start(ManySpawns.class, "24", "handles")) {
      until(worker, () -> worker.stdout().endsWith("wrong\n"));
      assertThat(worker.stdout()).isEqualTo("0 wrong\n");
    }
  }
}
