package io.reaper.core.posix;

import io.reaper.agent.AgentClassLoader;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Opens the C library: unpacks jffi's native part to a place that may hold executable pages. Where
 * that cannot be loaded, JDK 22 and later do without. On those it grants native access (JEP 472) to
 * the one module that needs it, so that the application's own warnings stay as they were.
 */
public final class NativeAccess {
  private static final String MODULE = "io.reaper.libc";

  /** The JDK's own means to make modules. */
  private static final String MODULES = "jdk.internal.module.Modules";

  private static final Set<String> PACKAGES = Set.of("io.reaper.core.posix.libc", "com.kenai.jffi");

  /**
   * The first JDK with JEP 454, which warns of calls through itself, and from JDK 24 on of any (JEP
   * 472).
   */
  private static final int FIRST_JDK_THAT_CALLS_C = 22;

  private final Instrumentation instrumentation;
  private final File place;
  private Path library;
  private boolean isGranted;

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
  public Posix open() throws Throwable {
    try {
      return opened();
    } catch (ReflectiveOperationException refused) {
      Throwable reason = refused;
      while (reason.getCause() != null) {
        reason = reason.getCause();
      }
      throw reason;
    }
  }

  private Posix opened() throws Exception {
    AgentClassLoader loader = (AgentClassLoader) NativeAccess.class.getClassLoader();
    String name = "jni/" + architecture() + "-" + system() + "/libjffi-1.2.so";
    byte[] stub = loader.read(name);
    boolean callsC = Runtime.version().feature() >= FIRST_JDK_THAT_CALLS_C;
    if (instrumentation != null && callsC && !isGranted) {
      grant(loader);
    }
    if (stub == null) {
      if (callsC) {
        return load(loader, null);
      }
      throw new IllegalStateException("no " + name + " in the agent's jar");
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
    throw new IllegalStateException(
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

  /**
   * Makes a module of the packages that call C, whose classes the agent's own loader defines, and
   * grants it native access: a grant to a module without a name would be one to the application. In
   * the way in which dynamic proxies get their modules, as resolving a layer for it spins lambdas
   * for longer than all else here takes.
   */
  private void grant(ClassLoader loader) throws ReflectiveOperationException {
    Set<Module> agent = Set.of(NativeAccess.class.getModule());
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(MODULES.substring(0, MODULES.lastIndexOf('.')), agent),
        Map.of("java.lang", agent),
        Set.of(),
        Map.of());
    ModuleDescriptor descriptor = ModuleDescriptor.newOpenModule(MODULE).packages(PACKAGES).build();
    Module module =
        (Module)
            Class.forName(MODULES)
                .getMethod("defineModule", ClassLoader.class, ModuleDescriptor.class, URI.class)
                .invoke(null, loader, descriptor, null);
    instrumentation.redefineModule(
        module, Set.of(loader.getUnnamedModule()), Map.of(), Map.of(), Set.of(), Map.of());
    Method enable = Module.class.getDeclaredMethod("implAddEnableNativeAccess");
    enable.setAccessible(true);
    enable.invoke(module);
    // A loader has each package in one module: a second grant would be refused.
    isGranted = true;
  }
}
