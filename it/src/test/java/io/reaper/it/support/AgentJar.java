package io.reaper.it.support;

import io.reaper.it.harness.Launch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.Deflater;
import javax.tools.ToolProvider;

/** Builds the jar of an agent of one class, from its source, or a changed one of this agent. */
public final class AgentJar {
  private static final Map<String, byte[]> COMPILED = new ConcurrentHashMap<>();

  private AgentJar() {}

  /**
   * @param more other entries, by name
   */
  public static Path build(Path dir, String name, String source, Map<String, byte[]> more) {
    byte[] compiled = COMPILED.computeIfAbsent(source, unused -> compile(dir, name, source));
    try {
      Path jar = dir.resolve(name + ".jar");
      try (OutputStream out = Files.newOutputStream(jar);
          JarOutputStream entries = new JarOutputStream(out, manifest(name))) {
        entries.putNextEntry(new JarEntry(name + ".class"));
        entries.write(compiled);
        for (Map.Entry<String, byte[]> each : more.entrySet()) {
          entries.putNextEntry(new JarEntry(each.getKey()));
          entries.write(each.getValue());
        }
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] compile(Path dir, String name, String source) {
    try {
      Path file = Files.writeString(dir.resolve(name + ".java"), source);
      int errors =
          ToolProvider.getSystemJavaCompiler()
              .run(null, null, null, "--release", "11", "-d", dir.toString(), file.toString());
      if (errors != 0) {
        throw new IllegalStateException(name + " does not compile");
      }
      return Files.readAllBytes(dir.resolve(name + ".class"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Copies this agent's jar.
   *
   * @param change returns, of an entry's name and content, what is to stand there, or null for none
   */
  public static Path changed(Path to, BiFunction<String, byte[], byte[]> change) {
    try (JarFile from = new JarFile(Launch.agentJar().toFile());
        OutputStream file = Files.newOutputStream(to);
        JarOutputStream jar = new JarOutputStream(file)) {
      // As the agent's own is.
      jar.setLevel(Deflater.NO_COMPRESSION);
      for (JarEntry entry : from.stream().toList()) {
        byte[] bytes = change.apply(entry.getName(), from.getInputStream(entry).readAllBytes());
        if (bytes != null) {
          jar.putNextEntry(new JarEntry(entry.getName()));
          jar.write(bytes);
        }
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Manifest manifest(String premain) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Premain-Class", premain);
    main.putValue("Can-Retransform-Classes", "true");
    return manifest;
  }
}
