package io.reaper.agent;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Loads everything but this package from below {@code META-INF/reaper/} of the agent's own jar,
 * where no other class loader looks. Its parent is the platform loader, so that the application's
 * classes and the agent's never meet.
 */
public final class AgentClassLoader extends ClassLoader {
  private static final String ROOT = "META-INF/reaper/";
  private static final String SHARED = "io.reaper.agent.";

  static {
    registerAsParallelCapable();
  }

  /**
   * The jar of the agent's own classes; it is read when the agent comes, because the agent's jar
   * may have been overwritten by the time that a class is needed.
   */
  private static final String CORE = "core.jar";

  private static final String WEAVING = "asm.jar";

  /**
   * The jars within the jar, which hold what most workers never need: each entry of a jar costs
   * every JVM that opens it some microseconds, whether it is used or not.
   */
  private static final String[][] NESTED = {
    {"net/bytebuddy/jar/asm/", WEAVING},
    {"picocli/", "picocli.jar"},
    {"net/bytebuddy/agent/", "byte-buddy-agent.jar"},
    {"io/reaper/core/ondemand/", "ondemand.jar"},
  };

  private static final int PIECE = 8192;

  private static AgentClassLoader instance;

  private final File file;
  private final JarFile jar;
  private final StoredJar core;
  private byte[] weaving;
  private final Map<String, Map<String, byte[]>> nested = new HashMap<>();

  private AgentClassLoader(File file) throws IOException {
    super("reaper-agent", getPlatformClassLoader());
    this.file = file;
    this.jar = new JarFile(file);
    this.core = new StoredJar(read(jar.getJarEntry(ROOT.concat(CORE))));
    this.weaving = read(jar.getJarEntry(ROOT.concat(WEAVING)));
  }

  /**
   * Returns the only instance, so that a second attach finds the classes, and the state, of the
   * first.
   */
  static synchronized AgentClassLoader get() throws IOException {
    if (instance == null) {
      instance = new AgentClassLoader(file());
    }
    return instance;
  }

  /** Returns the jar that these classes have been loaded from. */
  static File file() {
    URL source = AgentClassLoader.class.getProtectionDomain().getCodeSource().getLocation();
    String path = source.getPath();
    // Parsing a URI loads classes that nothing else may need yet; most paths have nothing to
    // decode.
    return path.indexOf('%') < 0 ? new File(path) : new File(URI.create(source.toString()));
  }

  /** Returns the agent's jar. */
  public File jar() {
    return file;
  }

  /** Returns the agent's version and the commit that it was built from. */
  public String version() {
    try {
      Attributes attributes = jar.getManifest().getMainAttributes();
      String commit = attributes.getValue("Implementation-Commit");
      // Outside of a git repository the build has nothing to put there.
      return attributes.getValue("Implementation-Version")
          + (commit.startsWith("$") ? "" : " (" + commit + ")");
    } catch (IOException torn) {
      return "of an unknown version";
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (name.startsWith(SHARED)) {
      return Class.forName(name, false, AgentClassLoader.class.getClassLoader());
    }
    String path = name.replace('.', '/').concat(".class");
    byte[] bytes = read(path);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    // Where there is a SecurityManager, a class without a domain may do nothing at all.
    return defineClass(name, bytes, 0, bytes.length, AgentClassLoader.class.getProtectionDomain());
  }

  @Override
  protected Class<?> findClass(String module, String name) {
    try {
      return findClass(name);
    } catch (ClassNotFoundException absent) {
      return null;
    }
  }

  private byte[] readNested(String name) {
    for (String[] each : NESTED) {
      if (name.startsWith(each[0])) {
        return nested(each[1]).get(name);
      }
    }
    return null;
  }

  /**
   * Returns the files of a nested jar, which is read as a whole when the first of them is asked
   * for.
   */
  private synchronized Map<String, byte[]> nested(String archive) {
    Map<String, byte[]> files = nested.get(archive);
    if (files == null) {
      if (archive.equals(WEAVING)) {
        files = unpack(weaving);
        weaving = null;
      } else {
        files = unpack(read(archive));
      }
      nested.put(archive, files);
    }
    return files;
  }

  private static Map<String, byte[]> unpack(byte[] archive) {
    Map<String, byte[]> files = new HashMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        files.put(entry.getName(), in.readAllBytes());
      }
    } catch (IOException torn) {
      throw new UncheckedIOException("cannot read a nested jar", torn);
    }
    return files;
  }

  /** Returns the CRC-32 of a file below {@code META-INF/reaper/}, or zero if there is none. */
  public long checksum(String name) {
    return core.checksum(name);
  }

  /** Returns the bytes of a file below {@code META-INF/reaper/}, or null if there is none. */
  public byte[] read(String name) {
    byte[] held = core.read(name);
    if (held != null) {
      return held;
    }
    JarEntry entry = jar.getJarEntry(ROOT.concat(name));
    return entry == null ? readNested(name) : read(entry);
  }

  private byte[] read(JarEntry entry) {
    byte[] bytes = new byte[(int) entry.getSize()];
    try (InputStream in = jar.getInputStream(entry)) {
      for (int at = 0, read; at < bytes.length; at += read) {
        // A larger piece would be allocated once more, by the C library.
        read = in.read(bytes, at, Math.min(PIECE, bytes.length - at));
        if (read < 0) {
          throw new IOException("it ends after " + at + " bytes");
        }
      }
      return bytes;
    } catch (IOException | RuntimeException torn) {
      throw new UncheckedIOException(
          new IOException("cannot read " + entry + " from " + file, torn));
    }
  }
}
