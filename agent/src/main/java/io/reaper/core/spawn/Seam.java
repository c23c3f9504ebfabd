package io.reaper.core.spawn;

import io.reaper.core.observe.Log;
import io.reaper.core.proc.OwnProc;
import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.function.BiConsumer;

/**
 * Installs the seam in {@code ProcessBuilder}: waits for that one class to be loaded, and costs a
 * comparison of strings until then. It stays installed, as another agent may redefine the class.
 */
public final class Seam implements ClassFileTransformer {
  private static final String CLASS = "java.lang.ProcessBuilder";

  /** On the command line: to look into the environment, too, would cost each start more. */
  private static final String CHECKS_JNI = "-Xcheck:jni";

  /** The class that is loaded when a flight recorder is started, and not before. */
  private static final String RECORDER = "jdk.jfr.internal.PlatformRecorder";

  /** The class that is loaded when an MBeanServer is made, and not before. */
  private static final String MBEAN_SERVER = "com.sun.jmx.mbeanserver.JmxMBeanServer";

  /**
   * The class that is loaded when Java code links a native function without a library (JEP 454).
   */
  private static final String LINKER = "jdk.internal.foreign.abi.DowncallLinker";

  /** Tells that Java code is about to call native functions. */
  public static final int LINKER_LOADED = 1;

  /** Tells that a flight recorder is about to be there. */
  public static final int RECORDER_LOADED = 2;

  /** Tells that an MBeanServer is about to be there. */
  public static final int MBEAN_SERVER_LOADED = 4;

  private final Instrumentation instrumentation;
  private final Owner owner;
  private final Log log;
  private boolean open;
  private JavaLang javaLang;

  /** Is told of the starts. It is asked for its parts only when the class is loaded. */
  public interface Owner {
    /**
     * Returns what is called on the thread that starts a process, with (null, environment) when the
     * start begins, null being the worker's own, (command, null) once the JDK has copied that,
     * (process, null) after the fork, (what it throws, null) if the application gets none.
     */
    BiConsumer<Object, Object> listener();

    /** Returns what runs when the application's own shutdown hooks have finished. */
    Runnable atEnd();

    /** Is told that the class is woven. */
    void isWoven();

    /**
     * Is told that a class is about to be there, while it is being loaded.
     *
     * @param which {@link Seam#LINKER_LOADED} or another of the kind
     */
    void isLoaded(int which);

    /**
     * Returns where woven classes are kept for the next JVM of this user; throws if there is no
     * such place.
     */
    Path directory() throws IOException;

    /** Is told that the class could not be woven. */
    void notWoven();
  }

  /** Creates the seam; nothing happens before {@link #install}. */
  public Seam(Instrumentation instrumentation, Owner owner, Log log) {
    this.instrumentation = instrumentation;
    this.owner = owner;
    this.log = log;
  }

  /** Waits for the class; weaves it again if it is loaded already. */
  public void install() {
    // A transformer that cannot retransform costs each class half as much, and what it has woven
    // stays when another agent retransforms the class (java.lang.instrument.ClassFileTransformer).
    instrumentation.addTransformer(this, false);
    if (new OwnProc().isGiven(CHECKS_JNI)) {
      weaveNow();
      return;
    }
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      // Compares names, as a class literal would load the class in a worker that never spawns; and
      // first what is cheaper, as each name is made when it is asked for.
      if ((loaded.getModifiers() | Modifier.FINAL) == (Modifier.PUBLIC | Modifier.FINAL)
          && loaded.getSuperclass() == Object.class
          && isProcessBuilder(loaded.getName())) {
        weaveAgain(loaded);
      }
    }
  }

  /** Waits no more; what is woven stays. */
  public void remove() {
    instrumentation.removeTransformer(this);
  }

  /**
   * Loads the class, and weaves it again if that was no news. Before JDK 25 to ask for all loaded
   * classes is, to a JVM that checks JNI, worth a warning and a stack on stdout.
   */
  private void weaveNow() {
    try {
      weaveAgain(Class.forName(CLASS, false, null));
    } catch (ClassNotFoundException impossible) {
      log.warn("cannot find ProcessBuilder; children are not recorded");
    }
  }

  private void weaveAgain(Class<?> loaded) {
    if (!isOpen()) {
      instrumentation.removeTransformer(this);
      instrumentation.addTransformer(this, true);
      String refused = Weaver.retransform(instrumentation, loaded);
      if (refused != null) {
        log.warn(
            "cannot weave ProcessBuilder, which was loaded before the agent ("
                + refused
                + "); its children are not recorded");
        owner.notWoven();
      }
    }
  }

  /** Weaves nothing but the one class; all other class loading passes here. */
  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    return loader == null && name != null && isProcessBuilder(name) ? weave(bytes) : null;
  }

  /**
   * Tells the owner if a class is one of those that it wants to hear of; returns whether it is the
   * one to be woven.
   *
   * @param name its name, with dots or as in a class file
   */
  private boolean isProcessBuilder(String name) {
    if (is(name, CLASS)) {
      return true;
    }
    if (is(name, RECORDER)) {
      owner.isLoaded(RECORDER_LOADED);
    } else if (is(name, MBEAN_SERVER)) {
      owner.isLoaded(MBEAN_SERVER_LOADED);
    } else if (is(name, LINKER)) {
      owner.isLoaded(LINKER_LOADED);
    }
    return false;
  }

  /**
   * Compares the lengths first: a few hundred more calls of String.equals would have C2 compile it,
   * which takes a processor more than a millisecond of each start.
   */
  private static boolean is(String name, String withDots) {
    return name.length() == withDots.length() && name.replace('/', '.').equals(withDots);
  }

  private byte[] weave(byte[] original) {
    try {
      Woven woven = woven(original);
      if (woven == null) {
        log.warn(
            "ProcessBuilder of this JDK ("
                + Runtime.version()
                + ") has no start(Redirect[]); children are not recorded");
        owner.notWoven();
        return null;
      }
      if (open(woven.seam())) {
        owner.isWoven();
      }
      return woven.builder();
    } catch (IllegalStateException over) {
      // Shutdown.add refuses: the JVM itself starts a process after the last hook, and none was
      // started before.
      log.debug("ProcessBuilder is not woven any more: " + over.getMessage());
      return null;
    } catch (Throwable refused) {
      log.warn("cannot weave ProcessBuilder (" + refused + "); children are not recorded");
      owner.notWoven();
      return null;
    }
  }

  /**
   * Returns the woven class as it was kept, or else weaves and keeps it: ASM takes longer than all
   * the rest.
   */
  private Woven woven(byte[] original) {
    Path directory = null;
    try {
      directory = owner.directory();
      Woven kept = Woven.read(directory, original);
      if (kept != null) {
        return kept;
      }
    } catch (IOException | RuntimeException refused) {
      log.debug("cannot read what was woven before: " + refused);
    }
    byte[] builder = new Weaver().weave(original);
    if (builder == null) {
      return null;
    }
    Woven woven = new Woven(builder, SeamClass.bytes());
    try {
      if (directory != null) {
        woven.keep(directory, original);
      }
    } catch (IOException | RuntimeException refused) {
      log.debug("cannot keep what was woven: " + refused);
    }
    return woven;
  }

  /** Defines the class that woven code calls, once; returns whether it was not there before. */
  public boolean open() throws ReflectiveOperationException {
    return open(null);
  }

  private synchronized boolean open(byte[] kept) throws ReflectiveOperationException {
    if (open) {
      return false;
    }
    if (javaLang == null) {
      javaLang = new JavaLang(kept == null ? SeamClass.bytes() : kept, instrumentation);
    }
    javaLang.runAtEnd(owner.atEnd(), log);
    javaLang.tell(owner.listener());
    open = true;
    return true;
  }

  /** Starts a process of the agent's own, which is neither recorded nor told of. */
  Process start(ProcessBuilder builder) throws IOException {
    return javaLang == null ? builder.start() : javaLang.start(builder);
  }

  /** Whether a class that starts processes has been loaded. */
  public synchronized boolean isOpen() {
    return open;
  }
}
