package io.reaper.it.scenario;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The last thing that a worker does: wait for a line on standard input and end as it says. */
public final class Ending {

  private Ending() {}

  /** Returns, for main to return too, unless the line says otherwise. */
  public static void obey() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    obey(in.readLine());
  }

  /** The same, of a line that was read already. */
  static void obey(String order) throws IOException {
    switch (order == null ? "return" : order) {
      case "return" -> {}
      case "exit" -> System.exit(3);
      case "throw" -> throw new IllegalStateException("as told");
      case "halt" -> Runtime.getRuntime().halt(9);
      case "kill-itself" -> new ProcessBuilder("sh", "-c", "kill -KILL $PPID").start();
      case "memory" -> fillTheHeap();
      default -> throw new IllegalArgumentException(order);
    }
  }

  private static void fillTheHeap() {
    List<byte[]> held = new ArrayList<>();
    while (!held.contains(null)) {
      held.add(new byte[1 << 20]);
    }
  }
}
