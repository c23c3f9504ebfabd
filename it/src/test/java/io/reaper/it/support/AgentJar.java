package io.reaper.it.support;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.ToolProvider;

/** Builds the jar of an agent of one class, from its source. */
public final class AgentJar {

  private AgentJar() {}

  /**
   * @param more other entries, by name
   */
  public static Path build(Path dir, String name, String source, Map<String, byte[]> more) {
    try {
      Path file = Files.writeString(dir.resolve(name + ".java"), source);
      int errors =
          ToolProvider.getSystemJavaCompiler()
              .run(null, null, null, "--release", "11", "-d", dir.toString(), file.toString());
      if (errors != 0) {
        throw new IllegalStateException(name + " does not compile");
      }
      Path jar = dir.resolve(name + ".jar");
      try (OutputStream out = Files.newOutputStream(jar);
          JarOutputStream entries = new JarOutputStream(out, manifest(name))) {
        entries.putNextEntry(new JarEntry(name + ".class"));
        Files.copy(dir.resolve(name + ".class"), entries);
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

  private static Manifest manifest(String premain) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Premain-Class", premain);
    main.putValue("Can-Retransform-Classes", "true");
    return manifest;
  }
}
