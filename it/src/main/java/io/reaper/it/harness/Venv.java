package io.reaper.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Python package as pip installs it, in a virtual environment of its own that is made once. */
public record Venv(Path home) {

  private static final int MINUTES = 10;

  /** The package is not available here; the message says why. */
  public static final class Unavailable extends Exception {
    private static final long serialVersionUID = 1;

    Unavailable(String reason) {
      super(reason);
    }
  }

  /** Installs it below that directory, unless it is there already. */
  public static Venv of(String name, String version, Path home) throws Unavailable, IOException {
    Path complete = home.resolve("complete");
    if (!Files.exists(complete)) {
      Files.createDirectories(home);
      // The first Python that suits the package may not be the first on the PATH.
      String python = System.getProperty("reaper.it.python", "python3");
      run(home, python, "-m", "venv", "--clear", home.resolve("venv").toString());
      String pip = home.resolve("venv/bin/pip").toString();
      run(home, pip, "install", name + "==" + version);
      Files.createFile(complete);
    }
    return new Venv(home);
  }

  /** Returns a command that the package brings, or python. */
  public Path command(String name) {
    return home.resolve("venv/bin").resolve(name);
  }

  /** Returns a file of the package. */
  public Path file(String path) throws IOException {
    try (Stream<Path> lib = Files.list(home.resolve("venv/lib"))) {
      return lib.map(python -> python.resolve("site-packages").resolve(path))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(() -> new IOException("the package has no " + path));
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
