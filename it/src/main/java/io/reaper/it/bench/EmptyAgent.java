package io.reaper.it.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The agent that does nothing: the floor below which no agent can start. */
public final class EmptyAgent {

  private EmptyAgent() {}

  /** With the instrumentation, as every agent that does something: it costs 2 ms more to call. */
  public static void premain(String arguments, Instrumentation instrumentation) {}

  /** Writes itself as a jar of its own. */
  public static Path jar(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", EmptyAgent.class.getName());
    String file = EmptyAgent.class.getName().replace('.', '/') + ".class";
    try (InputStream code = EmptyAgent.class.getClassLoader().getResourceAsStream(file);
        OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out, manifest)) {
      zip.putNextEntry(new JarEntry(file));
      code.transferTo(zip);
    }
    return jar;
  }
}
