package io.reaper.it.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A page in Chromium, which does with it what a person would, by the Chrome DevTools Protocol. What
 * the page logs as an error fails the test.
 */
public final class Browser implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final Worker chromium;
  private final Path downloads;
  private final WebSocket socket;
  private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
  private int calls;

  /** Puts the parts of each message together. */
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        answers.add(JsonParser.parseString(text.toString()).getAsJsonObject());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private Browser(Worker chromium, Path downloads) throws Exception {
    this.chromium = chromium;
    this.downloads = downloads;
    Path port = chromium.dir().resolve("profile/DevToolsActivePort");
    Until.until(
        () -> chromium.isAlive() && Files.exists(port) && Files.readString(port).contains("\n"));
    HttpClient client = HttpClient.newHttpClient();
    String list = "http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list";
    HttpRequest request = HttpRequest.newBuilder(URI.create(list)).build();
    Until.until(() -> !target(client, request).isEmpty());
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(target(client, request)), new Answers())
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static String target(HttpClient client, HttpRequest request) throws Exception {
    String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    for (JsonElement each : JsonParser.parseString(body).getAsJsonArray()) {
      if (each.getAsJsonObject().get("type").getAsString().equals("page")) {
        return each.getAsJsonObject().get("webSocketDebuggerUrl").getAsString();
      }
    }
    return "";
  }

  /** Opens a page in a window of that width; the test is skipped where there is no Chromium. */
  public static Browser open(Path page, int width) throws Exception {
    assumeThat(Machine.allows("chromium", "--version")).as("Chromium is here").isTrue();
    Launch launch = Launch.on(null);
    Path downloads = Files.createDirectory(launch.dir().resolve("downloads"));
    List<String> arguments =
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
            "--user-data-dir=" + launch.dir().resolve("profile"),
            "about:blank");
    Worker chromium = launch.start(Path.of("chromium"), arguments);
    try {
      Browser browser = new Browser(chromium, downloads);
      browser.call("Page.enable", Map.of());
      browser.call(
          "Browser.setDownloadBehavior",
          Map.of("behavior", "allow", "downloadPath", downloads.toString()));
      browser.resize(width);
      browser.call("Page.navigate", Map.of("url", page.toUri().toString()));
      Until.until(() -> browser.text("document.readyState").equals("complete"));
      return browser;
    } catch (Exception | Error failed) {
      chromium.close();
      throw failed;
    }
  }

  /** Makes the window that wide: as narrow as a telephone's, too. */
  public void resize(int width) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Asks for light or dark colours. */
  public void prefer(String colours) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
  }

  private JsonObject call(String method, Map<String, ?> parameters) throws Exception {
    int id = ++calls;
    JsonObject message = new JsonObject();
    message.addProperty("id", id);
    message.addProperty("method", method);
    message.add("params", new com.google.gson.Gson().toJsonTree(parameters));
    socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (true) {
      JsonObject answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(answer).as("an answer to " + method).isNotNull();
      if (answer.has("id") && answer.get("id").getAsInt() == id) {
        assertThat(answer.has("error")).as(method + ": " + answer).isFalse();
        return answer.getAsJsonObject("result");
      }
    }
  }

  /** Returns the value of an expression, or of what it promises. */
  public JsonElement value(String expression) throws Exception {
    JsonObject answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    assertThat(answer.has("exceptionDetails")).as(expression + ": " + answer).isFalse();
    return answer.getAsJsonObject("result").get("value");
  }

  public String text(String expression) throws Exception {
    return value(expression).getAsString();
  }

  public int number(String expression) throws Exception {
    return value(expression).getAsInt();
  }

  /** Returns the text of each element that the selector finds. */
  public List<String> texts(String selector) throws Exception {
    JsonElement found =
        value("[...document.querySelectorAll('" + selector + "')].map((e) => e.textContent)");
    return found.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  /** Clicks on what the selector finds, at its middle, as a mouse does. */
  public void click(String selector) throws Exception {
    JsonObject box =
        value(
                "(() => { const e = document.querySelector('"
                    + selector
                    + "'); e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
                    + " return {x: b.x + b.width / 2, y: b.y + b.height / 2}; })()")
            .getAsJsonObject();
    for (String type : List.of("mousePressed", "mouseReleased")) {
      call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              box.get("x").getAsDouble(),
              "y",
              box.get("y").getAsDouble(),
              "button",
              "left",
              "clickCount",
              1));
    }
  }

  /** Presses a key of that name where the focus is. */
  public void press(String key) throws Exception {
    boolean isLetter = key.length() == 1;
    call(
        "Input.dispatchKeyEvent",
        isLetter
            ? Map.of("type", "keyDown", "key", key, "text", key)
            : Map.of("type", "rawKeyDown", "key", key, "code", key));
    call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
  }

  /** Returns what the page saves under that name when that is clicked. */
  public String download(String selector, String name) throws Exception {
    Path file = downloads.resolve(name);
    click(selector);
    Until.until(() -> Files.exists(file) && Files.size(file) > 0);
    return Files.readString(file);
  }

  /** Returns what axe-core finds, each rule with the elements that break it. */
  public List<String> violations() throws Exception {
    try (var source = Browser.class.getResourceAsStream("/axe.min.js")) {
      value(new String(source.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8) + "; 0");
    }
    JsonElement found =
        value(
            "axe.run().then((all) => all.violations.map((each) => each.id + ' (' + each.impact +"
                + " '): ' + each.nodes.map((node) => node.html).join(' ')))");
    return found.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  @Override
  public void close() throws IOException {
    socket.abort();
    chromium.close();
  }
}
