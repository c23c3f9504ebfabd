package io.reaper.core.jvm;

import java.lang.reflect.Field;
import java.util.Map;

/**
 * Takes hooks out of the application's, as {@code java.lang.ApplicationShutdownHooks} keeps them.
 * These run all at once ({@link Runtime#addShutdownHook}), so that what must come after an end has
 * to be taken out of them.
 */
public final class ShutdownHooks {
  private ShutdownHooks() {}

  /**
   * Takes out the JDK's own hook whose name begins with that, and returns it for the caller to run;
   * returns null if there is none, or if the hooks are running already, or java.lang is not open to
   * us.
   */
  public static Thread take(String name) {
    try {
      Field field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
      field.setAccessible(true);
      Object hooks = field.get(null);
      if (hooks != null) {
        for (Object hook : ((Map<?, ?>) hooks).keySet().toArray()) {
          Thread thread = (Thread) hook;
          if (thread.getName().startsWith(name)
              && thread.getClass().getClassLoader() == null
              && Runtime.getRuntime().removeShutdownHook(thread)) {
            return thread;
          }
        }
      }
    } catch (ReflectiveOperationException | RuntimeException refused) {
      return null;
    }
    return null;
  }
}
