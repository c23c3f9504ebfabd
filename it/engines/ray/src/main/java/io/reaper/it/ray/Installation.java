package io.reaper.it.ray;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Ray as pip installs it, in a virtual environment of its own that is made once. */
record Installation(Path home) {

  private static final int MINUTES = 5;

  /** There is no Ray of that version to be had here; the message says why. */
  static final class Unavailable extends Exception {
    private static final long serialVersionUID = 1;

    Unavailable(String reason) {
      super(reason);
    }
  }

  static Installation of(String version, Path home) throws Unavailable, IOException {
    Path complete = home.resolve("complete");
    if (!Files.exists(complete)) {
      Files.createDirectories(home);
      // The first that has a wheel of Ray's may not be the first on the PATH: say which one to
      // take.
      String python = System.getProperty("reaper.it.python", "python3");
      run(home, python, "-m", "venv", "--clear", home.resolve("venv").toString());
      String pip = home.resolve("venv/bin/pip").toString();
      run(home, pip, "install", "--only-binary=ray", "ray==" + version);
      Files.createFile(complete);
    }
    return new Installation(home);
  }

  /** The command {@code ray}. */
  Path ray() {
    return home.resolve("venv/bin/ray");
  }

  /** What Java drivers have on their class path. */
  Path jar() throws IOException {
    try (Stream<Path> lib = Files.list(home.resolve("venv/lib"))) {
      return lib.map(python -> python.resolve("site-packages/ray/jars/ray_dist.jar"))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(() -> new IOException("the wheel has no ray_dist.jar"));
    }
  }

  private static void run(Path home, String... command) throws Unavailable, IOException {
    Path output = home.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new Unavailable(e.getMessage());
    }
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw new Unavailable("not within " + MINUTES + " min: " + String.join(" ", command));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for pip", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      List<String> said = Files.readAllLines(output);
      throw new Unavailable(
          String.join(" ", command) + ": " + (said.isEmpty() ? "" : said.get(said.size() - 1)));
    }
  }
}
