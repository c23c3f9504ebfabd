package io.reaper.it.scenario;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;

/** A server whose one application starts the first process, and is then taken away. */
public final class Redeployed {
  private Redeployed() {}

  /** The application. */
  public static final class Application implements Runnable {
    @Override
    public void run() {
      try {
        new ProcessBuilder("true").start().waitFor();
      } catch (Exception refused) {
        throw new IllegalStateException(refused);
      }
    }
  }

  private static WeakReference<ClassLoader> deploy() throws Exception {
    URL classes = Redeployed.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
      Class<?> application = loader.loadClass(Application.class.getName());
      ((Runnable) application.getConstructor().newInstance()).run();
      return new WeakReference<>(loader);
    }
  }

  public static void main(String[] args) throws Exception {
    WeakReference<ClassLoader> gone = deploy();
    while (gone.get() != null) {
      System.gc();
      Thread.sleep(50);
    }
    System.out.println("unloaded");
  }
}
