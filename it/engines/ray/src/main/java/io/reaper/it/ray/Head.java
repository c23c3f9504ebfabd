package io.reaper.it.ray;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Venv;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A head node of Ray's on the loopback interface. Closing it ends all its processes by pid and
 * start time; {@code ray stop} would end those of others, too.
 */
final class Head implements AutoCloseable {

  private static final int SECONDS_TO_START = 120;
  private static final String STARTED = "Ray runtime started";

  private final Venv installation;
  private final Jdk jdk;
  private final int port;
  private final Worker node;

  private Head(Venv installation, Jdk jdk, int port, Worker node) {
    this.installation = installation;
    this.jdk = jdk;
    this.port = port;
    this.node = node;
  }

  /** Starts one whose Java workers run on that JDK. */
  static Head start(Venv installation, Jdk jdk, Setting setting) throws IOException {
    int port = freePort();
    Launch launch = Launch.on(jdk);
    setting.environment().forEach(launch::environment);
    launch
        .environment("PATH", jdk.home().resolve("bin") + ":" + System.getenv("PATH"))
        .environment("RAY_USAGE_STATS_ENABLED", "0")
        // Else Ray would take an address that others can reach for 127.0.0.1.
        .environment("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        // Ledgers of this head's workers alone; and a mark on what descends from it.
        .environment("REAPER_DIR", ledgers(launch.dir()).toString());
    Worker node =
        launch.start(
            installation.command("ray"),
            List.of(
                "start",
                "--head",
                "--block",
                "--node-ip-address=127.0.0.1",
                "--port=" + port,
                "--min-worker-port=0",
                "--max-worker-port=0",
                "--num-cpus=2",
                "--object-store-memory=100000000",
                "--include-dashboard=false",
                "--include-log-monitor=false",
                // Ray lets every user write to it, so it holds no ledgers; sockets need short
                // names.
                "--temp-dir=" + launch.dir().resolve("r")));
    Head head = new Head(installation, jdk, port, node);
    try {
      Until.within(
          SECONDS_TO_START,
          () -> node.stdout().contains(STARTED) || !node.isAlive(),
          () -> node.stdout() + node.stderr());
      if (!node.isAlive()) {
        throw new IOException("ray start: " + node.stdout() + node.stderr());
      }
      return head;
    } catch (IOException | RuntimeException | Error e) {
      head.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Path ledgers(Path dir) {
    return dir.resolve("ledgers");
  }

  Venv installation() {
    return installation;
  }

  Jdk jdk() {
    return jdk;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /** The process above all workers. */
  Proc raylet() {
    return Proc.childrenOf(node.launched().pid()).stream()
        .filter(child -> child.commandLine().contains("raylet --"))
        .findFirst()
        .orElseThrow();
  }

  /** Where the agent keeps the ledgers of this head's workers. */
  Path ledgers() {
    return ledgers(node.dir());
  }

  /** Those that have written over their command line and environment are found as descendants. */
  @Override
  public void close() {
    Set<Proc> known = new LinkedHashSet<>(List.of(node.launched()));
    // Stopped before it is looked at, so that none starts another or loses a child meanwhile.
    for (int before = 0; before < known.size(); ) {
      before = known.size();
      Proc.signal("STOP", known);
      Proc.all().filter(proc -> isChildOfOneOf(known, proc)).forEach(known::add);
    }
    Proc.signal("KILL", known);
    node.close();
  }

  private static boolean isChildOfOneOf(Set<Proc> parents, Proc proc) {
    long parent = proc.ppid();
    return parents.stream().anyMatch(each -> each.pid() == parent);
  }
}
