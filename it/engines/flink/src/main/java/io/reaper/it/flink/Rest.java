package io.reaper.it.flink;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What the JobManager says of its cluster. */
final class Rest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final String address;

  Rest(int port) {
    this.address = "http://127.0.0.1:" + port;
  }

  boolean isUp() {
    try {
      get("/overview");
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** The TaskManagers that are registered, by the ids they were started with. */
  List<String> taskManagers() {
    List<String> ids = new ArrayList<>();
    get("/taskmanagers").path("taskmanagers").forEach(tm -> ids.add(tm.path("id").asText()));
    return ids;
  }

  String state(String job) {
    return get("/jobs/" + job).path("state").asText();
  }

  /** From its start to its end, as Flink counts it. */
  long millis(String job) {
    return get("/jobs/" + job).path("duration").asLong();
  }

  /** Whether each subtask of each operator runs. */
  boolean isRunning(String job) {
    JsonNode details = get("/jobs/" + job);
    for (JsonNode vertex : details.path("vertices")) {
      if (vertex.path("tasks").path("RUNNING").asInt() != vertex.path("parallelism").asInt()) {
        return false;
      }
    }
    return details.path("state").asText().equals("RUNNING");
  }

  int checkpoints(String job) {
    return get("/jobs/" + job + "/checkpoints").path("counts").path("completed").asInt();
  }

  void cancel(String job) {
    send(
        HttpRequest.newBuilder(URI.create(address + "/jobs/" + job))
            .method("PATCH", HttpRequest.BodyPublishers.noBody()));
  }

  void shutDown() {
    send(HttpRequest.newBuilder(URI.create(address + "/cluster")).DELETE());
  }

  private JsonNode get(String path) {
    return send(HttpRequest.newBuilder(URI.create(address + path)));
  }

  private JsonNode send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response =
          client.send(
              request.timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw new IllegalStateException(response.statusCode() + ": " + response.body());
      }
      return new ObjectMapper().readTree(response.body());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while asking the JobManager", e);
    }
  }
}
