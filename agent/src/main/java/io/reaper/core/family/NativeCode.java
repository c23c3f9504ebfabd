package io.reaper.core.family;

import io.reaper.core.proc.OwnProc;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Tells whether there is code in this process that may fork, and wait for what it has forked: a
 * library of the application's, a program that the JVM is embedded in, or Java code that calls the
 * C library by itself (JEP 454). Once there, always there: a library that was unloaded may have
 * forked before.
 */
public final class NativeCode {
  /** What HotSpot and the C library are linked with; none of it forks but for its callers. */
  private static final String[] COMMON = {
    "ld-",
    "libc.",
    "libc-",
    "libm.",
    "libm-",
    "libdl.",
    "libdl-",
    "libpthread",
    "librt.",
    "librt-",
    "libz.",
    "libgcc_s.",
    "libstdc++.",
    "libnss_",
    "libresolv."
  };

  /**
   * The JDK's own libraries, 11 to 25. Those of an application's modules are in the same directory
   * of an image (jlink(1), jmod create --libs).
   */
  private static final Set<String> OF_THE_JDK =
      Set.of(
          "atk-wrapper",
          "attach",
          "awt",
          "awt_headless",
          "awt_xawt",
          "dt_socket",
          "extnet",
          "fontmanager",
          "freetype",
          "instrument",
          "j2gss",
          "j2pcsc",
          "j2pkcs11",
          "jaas",
          "java",
          "javajpeg",
          "jawt",
          "jdwp",
          "jimage",
          "jli",
          "jsig",
          "jsound",
          "jsvml",
          "jvm",
          "lcms",
          "le",
          "management",
          "management_agent",
          "management_ext",
          "mlib_image",
          "net",
          "nio",
          "prefs",
          "rmi",
          "saproc",
          "sctp",
          "simdsort",
          "splashscreen",
          "sunec",
          "syslookup",
          "verify",
          "zip");

  private final OwnProc self;
  private final boolean matters;
  private volatile String home;
  private volatile String ours;
  private volatile boolean there;

  /** Creates the test for this JVM. */
  public NativeCode(OwnProc self) {
    this(self, null, true);
  }

  NativeCode(OwnProc self, String home) {
    this(self, home + "/", true);
  }

  private NativeCode(OwnProc self, String home, boolean matters) {
    this.self = self;
    this.home = home;
    this.matters = matters;
  }

  /**
   * Returns the test for a process where only the agent waits for children: whatever is loaded does
   * not matter.
   */
  public static NativeCode irrelevant() {
    return new NativeCode(new OwnProc(), null, false);
  }

  /** Returns the JDK's directory; found at the first call, as most workers never ask. */
  private String home() {
    String found = home;
    if (found == null) {
      found = canonical(System.getProperty("java.home", "")).concat("/");
      home = found;
    }
    return found;
  }

  private static String canonical(String path) {
    try {
      return new File(path).getCanonicalPath();
    } catch (IOException untold) {
      return path;
    }
  }

  /** Excepts the agent's own library, which waits for no child by itself. */
  public void except(Path library) {
    ours = canonical(library.toString());
  }

  /** Records that Java code calls native code without a library of its own. */
  public void isCalled() {
    there = true;
  }

  /**
   * Whether there is native code. Looks again while there was none, as code is mapped before it can
   * fork.
   */
  public boolean isThere() {
    if (!there && matters) {
      Set<String> programs = self.programs();
      if (programs.isEmpty()) {
        // The JVM's own library is always among them: the look has failed, as without a free
        // descriptor, and it may be there.
        return true;
      }
      for (String file : programs) {
        there |= !isOfTheJvm(file);
      }
    }
    return there && matters;
  }

  /**
   * Whether the first thread of this process runs no native code: the launcher of a JDK runs main
   * in another, and its own only waits (java.c, ContinueInNewThread).
   */
  boolean sparesTheFirstThread() {
    return self.program().startsWith(home());
  }

  /** Whether it is a program of the JDK's or one of its libraries. */
  private static boolean isOfTheJdk(String name) {
    return !name.startsWith("lib")
        || OF_THE_JDK.contains(name.substring("lib".length()).replaceFirst("\\.so.*", ""));
  }

  private boolean isOfTheJvm(String file) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    if (file.equals(ours) || file.startsWith(home()) && isOfTheJdk(name)) {
      return true;
    }
    for (String common : COMMON) {
      if (name.startsWith(common)) {
        return true;
      }
    }
    return false;
  }
}
