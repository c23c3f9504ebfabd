package io.reaper.it.seam;

import static io.reaper.it.support.Machine.closedUnless;
import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilGone;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Beside agents that many workers have, before them and after them on the command line. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
class BesideOtherAgentsIT {

  private static final int SIGKILLED = 128 + 9;
  private static final String DAEMON = "setsid sh \"$0/leaf\" DAEMON & exit 0";
  private static final String DIRECT = "exec sh \"$0/leaf\" DIRECT";

  @Parameter Jdk jdk;

  /**
   * What each is given, so that it writes into the worker's directory and asks no other machine:
   * nothing listens at port 1. Each has written that file, with that word in it, by the end.
   */
  enum Other {
    JACOCO("org.jacoco.agent", "destfile=DIR/written", ""),
    // It would send what it measures to this machine's collector, and say that it cannot.
    OPENTELEMETRY(
        "opentelemetry-javaagent",
        "",
        "opentelemetry-javaagent",
        "-Dotel.sdk.disabled=true",
        "-Dotel.javaagent.logging=simple",
        "-Dio.opentelemetry.javaagent.slf4j.simpleLogger.logFile=DIR/written"),
    JMX_EXPORTER("jmx_prometheus_javaagent", "127.0.0.1:PORT:DIR/jmx.yml", ""),
    ELASTIC(
        "elastic-apm-agent",
        "",
        "Starting Elastic APM",
        "-Delastic.apm.server_url=http://127.0.0.1:1",
        "-Delastic.apm.log_file=DIR/written"),
    DATADOG(
        "dd-java-agent",
        "",
        "DATADOG TRACER CONFIGURATION",
        "-Ddd.trace.agent.url=http://127.0.0.1:1",
        "-Ddatadog.slf4j.simpleLogger.logFile=DIR/written");

    private final String jar;
    private final String arguments;
    private final String word;
    private final List<String> options;

    Other(String jar, String arguments, String word, String... options) {
      this.jar = jar;
      this.arguments = arguments;
      this.word = word;
      this.options = List.of(options);
    }

    Path jar() {
      return Stream.of(System.getProperty("java.class.path").split(":"))
          .map(Path::of)
          .filter(path -> path.getFileName().toString().startsWith(jar))
          .findFirst()
          .orElse(null);
    }
  }

  static Stream<Arguments> inBothOrders() {
    return Stream.of(Other.values())
        .flatMap(other -> Stream.of(Arguments.of(other, true), Arguments.of(other, false)));
  }

  @ParameterizedTest
  @MethodSource("inBothOrders")
  void childrenEndAndTheOtherAgentDoesItsWork(Other other, boolean before) throws IOException {
    int port = freePort();
    try (Worker worker = start(other, before, port)) {
      if (other == Other.JMX_EXPORTER) {
        List<String> named = names(block("console", "| grep ^reaper"));
        assertThat(named).contains("reaper_sentinelalive");
        until(worker, () -> names(metrics(port)).containsAll(named));
        assertThat(metrics(port))
            .contains("jvm_threads_current", "reaper_sentinelalive 1.0", "reaper_children 1.0");
      }
      worker.say("exit");
      assertThat(worker.waitFor(60)).as(worker.stderr()).isEqualTo(3);
      assertThat(worker.stdout()).isEqualTo(Shell.READY);
      assertThat(worker.reported("DAEMON")).noneMatch(Proc::isAlive);
      assertThat(worker.reported("DIRECT")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr().lines().filter(line -> line.startsWith("reaper-agent:")))
          .singleElement()
          .asString()
          .contains("killed 2 processes: ", Shell.class.getSimpleName() + ".java");
      if (other != Other.JMX_EXPORTER) {
        assertThat(Files.readString(worker.dir().resolve("written"), ISO_8859_1))
            .isNotEmpty()
            .contains(other.word);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("inBothOrders")
  void childrenEndInACrash(Other other, boolean before) throws IOException {
    try (Worker worker = start(other, before, freePort())) {
      worker.launched().kill();
      assertThat(worker.waitFor(60)).isEqualTo(SIGKILLED);
      untilGone(worker.reported("DAEMON").get(0));
      untilGone(worker.reported("DIRECT").get(0));
    }
  }

  private static String metrics(int port) throws IOException {
    try (InputStream in = new URL("http://127.0.0.1:" + port + "/metrics").openStream()) {
      return new String(in.readAllBytes(), ISO_8859_1);
    }
  }

  /** Returns the names of the agent's metrics in what an exporter says, or the docs let it say. */
  private static List<String> names(String text) {
    return text.lines()
        .filter(line -> line.startsWith("reaper_"))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .toList();
  }

  /** Returns what the page on monitoring shows in such a block that holds that text. */
  private static String block(String language, String text) throws IOException {
    Path page = Launch.classes().resolve("../../../agent/docs/monitoring.md").normalize();
    return Stream.of(Files.readString(page).split("```"))
        .filter(block -> block.startsWith(language + "\n") && block.contains(text))
        .findFirst()
        .orElseThrow()
        .substring(language.length() + 1);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Worker start(Other other, boolean before, int port) throws IOException {
    assumeThat(other.jar()).as("the agent %s is here (-Pengines)", other).isNotNull();
    Launch launch = Launch.on(jdk);
    String dir = launch.dir().toString();
    String ours =
        "subreaper=true,process-group=true,grace=300ms,dir=" + Traces.ledgers(launch.dir());
    String theirs = other.arguments.replace("DIR", dir).replace("PORT", "" + port);
    Files.writeString(
        launch.dir().resolve("jmx.yml"), "startDelaySeconds: 0\n" + block("yaml", "rules:"));
    other.options.forEach(option -> launch.jvm(option.replace("DIR", dir)));
    if (before) {
      launch.javaAgent(other.jar(), theirs).agent(ours);
    } else {
      launch.agent(ours).javaAgent(other.jar(), theirs);
    }
    Worker worker = launch.start(Shell.class, DAEMON, DIRECT);
    return closedUnless(
        worker,
        () -> worker.reported("DAEMON").size() == 1 && worker.reported("DIRECT").size() == 1);
  }
}
