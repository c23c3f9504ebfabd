package io.reaper.it.harness;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** A JDK or JRE found on this machine: the agent has to work on every one from 11 on. */
public record Jdk(int feature, Path home) {

  private static final int OLDEST = 11;

  /** Set by {@code mvn verify -Pfull}: every test, on every JDK. */
  public static final boolean FULL = Boolean.getBoolean("reaper.it.full");

  /** Set by {@code mvn verify -Dreaper.it.jdk=11}: that JDK alone. */
  private static final Integer ONLY = Integer.getInteger("reaper.it.jdk");

  /** Returns the JDKs that tests run on: all of them, or in a quick build its own. */
  public static List<Jdk> tested() {
    if (ONLY != null) {
      return all().stream().filter(jdk -> jdk.feature == ONLY).toList();
    }
    Jdk own = own();
    return FULL || own == null ? all() : List.of(own);
  }

  /** Returns the newest JDK that a quick build does not test on, or its own if there is none. */
  public static Jdk other() {
    List<Jdk> others = untested();
    return others.isEmpty() ? tested().get(0) : others.get(others.size() - 1);
  }

  /** Returns those JDKs that are here and that a quick build does not test on. */
  public static List<Jdk> untested() {
    return isOne() ? List.of() : all().stream().filter(jdk -> !tested().contains(jdk)).toList();
  }

  /** Returns whether the tests were told to run on one JDK. */
  public static boolean isOne() {
    return ONLY != null;
  }

  private static Jdk own() {
    return at(Path.of(System.getProperty("java.home"))).orElse(null);
  }

  /**
   * JAVA_HOME, the JDK that runs this, the siblings of both, and what is in {@code ~/.jdks}, where
   * IDEs put those that they install.
   */
  public static List<Jdk> all() {
    Map<Path, Jdk> found = new LinkedHashMap<>();
    Stream.concat(
            Stream.of(System.getenv("JAVA_HOME"), System.getProperty("java.home"))
                .filter(Objects::nonNull)
                .map(Path::of)
                .filter(Files::isDirectory)
                .flatMap(Jdk::withSiblings),
            in(Path.of(System.getProperty("user.home"), ".jdks")))
        .flatMap(home -> at(home).stream())
        .forEach(jdk -> found.putIfAbsent(jdk.home, jdk));
    return found.values().stream().sorted(Comparator.comparingInt(Jdk::feature)).toList();
  }

  /**
   * Returns those that the engines' tests run on: of 17 or later, and whole, because a JRE that was
   * made for one program lacks modules that Spark asks for.
   */
  public static List<Jdk> forEngines() {
    return all().stream()
        .filter(jdk -> jdk.feature >= 17 && Files.isExecutable(jdk.tool("javac")))
        .toList();
  }

  public static Optional<Jdk> at(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
      return Optional.empty();
    }
    try {
      int feature = feature(release);
      return feature < OLDEST ? Optional.empty() : Optional.of(new Jdk(feature, home.toRealPath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path java() {
    return tool("java");
  }

  public Path tool(String name) {
    return home.resolve("bin").resolve(name);
  }

  @Override
  public String toString() {
    return "JDK " + feature;
  }

  private static int feature(Path release) throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(release)) {
      properties.load(in);
    }
    // JAVA_VERSION="17.0.15", "25-ea", and "1.8.0_402", whose 1 is as good as 8 here: too old.
    String version = properties.getProperty("JAVA_VERSION", "0").replace("\"", "");
    return Integer.parseInt(version.split("[^0-9]", 2)[0]);
  }

  private static Stream<Path> withSiblings(Path home) {
    try {
      return Stream.concat(Stream.of(home), in(home.toRealPath().getParent()));
    } catch (IOException e) {
      return Stream.of(home);
    }
  }

  private static Stream<Path> in(Path directory) {
    try (Stream<Path> homes = Files.list(directory)) {
      return homes.sorted().toList().stream();
    } catch (IOException none) {
      return Stream.empty();
    }
  }
}
