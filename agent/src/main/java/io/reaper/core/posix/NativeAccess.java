package io.reaper.core.posix;

import io.reaper.agent.AgentClassLoader;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Opens the C library: unpacks jffi's native part to a place that may hold executable pages. Where
 * that cannot be loaded, JDK 22 and later do without. On those it grants native access (JEP 472) to
 * the one module that needs it, so that the application's own warnings stay as they were.
 */
public final class NativeAccess {
  private static final String MODULE = "io.reaper.libc";
  private static final Set<String> PACKAGES = Set.of("io.reaper.core.posix.libc", "com.kenai.jffi");

  /**
   * The first JDK with JEP 454, which warns of calls through itself, and from JDK 24 on of any (JEP
   * 472).
   */
  private static final int FIRST_JDK_THAT_CALLS_C = 22;

  private final Instrumentation instrumentation;
  private final File place;
  private Path library;

  /**
   * Creates the access; nothing is loaded yet.
   *
   * @param instrumentation null in {@code java -jar}, where the command line grants the access
   * @param place this user's own directory, where the library is kept from one JVM to the next, or
   *     null if there is none
   */
  public NativeAccess(Instrumentation instrumentation, File place) {
    this.instrumentation = instrumentation;
    this.place = place;
  }

  /** Loads the C library's binding; throws whatever the JVM or the file system reported. */
  public Posix open() throws Exception {
    AgentClassLoader loader = (AgentClassLoader) NativeAccess.class.getClassLoader();
    String name = "jni/" + architecture() + "-" + system() + "/libjffi-1.2.so";
    byte[] stub = loader.read(name);
    boolean callsC = Runtime.version().feature() >= FIRST_JDK_THAT_CALLS_C;
    if (instrumentation != null && callsC) {
      grant(loader);
    }
    if (stub == null) {
      if (callsC) {
        return load(loader, null);
      }
      throw new UnsupportedOperationException("no " + name + " in the agent's jar");
    }
    Throwable refused = null;
    for (File each : places()) {
      try {
        Path kept = keep(PrivateDirectory.open(each), stub);
        Posix posix = load(loader, kept.toAbsolutePath().toString());
        library = kept;
        return posix;
      } catch (IOException | LinkageError | ReflectiveOperationException next) {
        refused = next.getCause() == null ? next : next.getCause();
      }
    }
    if (callsC) {
      return load(loader, null);
    }
    throw new UnsupportedOperationException(
        "neither " + place + " nor /dev/shm nor /tmp takes a native library: " + refused);
  }

  private List<File> places() {
    File memory = PrivateDirectory.below("/dev/shm");
    File temporary = PrivateDirectory.below("/tmp");
    return place == null ? List.of(memory, temporary) : List.of(place, memory, temporary);
  }

  /** Returns the file that the binding was loaded from, or null if there is none. */
  public Path library() {
    return library;
  }

  /**
   * Keeps one file for all JVMs of this user, so that a JVM that ends at any moment leaves no other
   * behind.
   */
  private static Path keep(Path directory, byte[] stub) throws IOException {
    Path kept = directory.resolve("libjffi-" + Integer.toHexString(Arrays.hashCode(stub)) + ".so");
    if (!Arrays.equals(PrivateDirectory.readTrusted(kept), stub)) {
      PrivateDirectory.put(kept, stub);
    }
    return kept;
  }

  private static Posix load(ClassLoader loader, String file) throws ReflectiveOperationException {
    return (Posix)
        loader
            .loadClass("io.reaper.core.posix.libc.LibC")
            .getConstructor(String.class)
            .newInstance(file);
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("amd64") ? "x86_64" : name;
  }

  private static String system() {
    return System.getProperty("os.name").replace(" ", "");
  }

  private void grant(ClassLoader loader) throws ReflectiveOperationException {
    ModuleDescriptor descriptor =
        ModuleDescriptor.newModule(MODULE)
            .packages(PACKAGES)
            .exports("io.reaper.core.posix.libc")
            .build();
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolve(new OneModule(descriptor), ModuleFinder.of(), Set.of(MODULE));
    ModuleLayer.Controller layer =
        ModuleLayer.defineModules(configuration, List.of(ModuleLayer.boot()), name -> loader);
    Module module = layer.layer().findModule(MODULE).orElseThrow();
    layer.addReads(module, loader.getUnnamedModule());
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(NativeAccess.class.getModule())),
        Set.of(),
        Map.of());
    Method enable = Module.class.getDeclaredMethod("implAddEnableNativeAccess");
    enable.setAccessible(true);
    enable.invoke(module);
  }

  /** Finds the one module, whose classes the agent's own loader defines. */
  private static final class OneModule implements ModuleFinder {
    private final ModuleReference reference;

    OneModule(ModuleDescriptor descriptor) {
      reference =
          new ModuleReference(descriptor, null) {
            @Override
            public ModuleReader open() {
              throw new UnsupportedOperationException("classes come from AgentClassLoader");
            }
          };
    }

    @Override
    public Optional<ModuleReference> find(String name) {
      return name.equals(MODULE) ? Optional.of(reference) : Optional.empty();
    }

    @Override
    public Set<ModuleReference> findAll() {
      return Set.of(reference);
    }
  }
}
