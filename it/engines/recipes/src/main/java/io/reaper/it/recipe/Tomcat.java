package io.reaper.it.recipe;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Tomcat as it comes, with a page that starts a shell; closing it ends all below it. */
final class Tomcat implements AutoCloseable {

  private static final Path HOME = Path.of(System.getProperty("reaper.it.tomcat"));
  private static final Pattern STARTED = Pattern.compile("auto-1-(\\d+)\"\\](?s:.*)Server startup");

  private static final String SERVER =
      """
      <Server port="PORT" shutdown="SHUTDOWN">
        <Service name="Catalina">
          <Connector port="0" address="127.0.0.1"/>
          <Engine name="Catalina" defaultHost="localhost">
            <Host name="localhost" appBase="webapps"/>
          </Engine>
        </Service>
      </Server>
      """;

  private static final String PAGE =
      """
      <% String directory = System.getProperty("catalina.base");
         new ProcessBuilder("sh", "-c", request.getParameter("script"), directory).start(); %>
      """;

  private final Jdk jdk;
  private final Worker server;

  /** Starts one with this as its {@code bin/setenv.sh}. */
  Tomcat(Jdk jdk, String setenv) throws IOException {
    this.jdk = jdk;
    Launch launch = Launch.on(jdk);
    Path base = launch.dir();
    for (String directory : List.of("bin", "conf", "logs", "temp", "webapps/ROOT")) {
      Files.createDirectories(base.resolve(directory));
    }
    Files.copy(HOME.resolve("conf/web.xml"), base.resolve("conf/web.xml"));
    Files.writeString(base.resolve("conf/server.xml"), SERVER.replace("PORT", "" + freePort()));
    Files.writeString(base.resolve("webapps/ROOT/start.jsp"), PAGE);
    Files.writeString(base.resolve("bin/setenv.sh"), setenv + "\n");
    server = catalina(launch, base, "run");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Worker catalina(Launch launch, Path base, String command) {
    launch
        .environment("JAVA_HOME", jdk.home().toString())
        .environment("CATALINA_HOME", HOME.toString())
        .environment("CATALINA_BASE", base.toString());
    return launch.start(
        Path.of("sh"), List.of(HOME.resolve("bin/catalina.sh").toString(), command));
  }

  boolean isStarted() {
    return STARTED.matcher(server.stderr()).find();
  }

  /** Asks for the page. */
  void startProcessesBy(String script) throws IOException {
    Matcher started = STARTED.matcher(server.stderr());
    if (!started.find()) {
      throw new IllegalStateException("it has not been started: " + server.stderr());
    }
    String query = "/start.jsp?script=" + URLEncoder.encode(script, StandardCharsets.UTF_8);
    try (InputStream in = new URL("http://127.0.0.1:" + started.group(1) + query).openStream()) {
      in.readAllBytes();
    }
  }

  /** Runs {@code catalina.sh stop}, and returns what that prints on stderr. */
  String stop() {
    try (Worker stop = catalina(Launch.on(jdk), server.dir(), "stop")) {
      stop.waitFor(60);
      return stop.stderr();
    }
  }

  Worker server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
  }
}
